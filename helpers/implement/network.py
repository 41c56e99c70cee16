"""Layers one after the other."""

from collections.abc import Iterable, Iterator

import numpy as np

from .layer import Layer


class Sequential(Layer):
    """Y = layerₙ(... layer₁(layer₀(X)))

    Forward    X through the layers in their order
    Backward   dY through the layers in the reverse order: the chain rule as a loop

    ``params`` and ``grads`` are those of all the layers: "0.W", "0.b", "2.W", ...

    Derived in notebooks/07_mlp.ipynb.
    """

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                unpack = ": write Sequential(*layers)" if isinstance(layer, list | tuple) else ""
                raise TypeError(f"layer {i} is {layer!r}, which is not a Layer{unpack}")
        self.layers = layers

    def formula(self, X: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        for layer in reversed(self.layers):
            dY = layer.backward(dY)
        return dY

    def parameter_gradients(self, dY: np.ndarray) -> None:
        """Backward without the dX of the first layer, a third of the work."""
        for layer in reversed(self.layers[1:]):
            dY = layer.backward(dY)
        for layer in self.layers[:1]:
            layer.parameter_gradients(dY)

    def checked_inputs(self, X: np.ndarray) -> list[np.ndarray]:
        return [X]  # each layer checks what comes to it

    def layers_within(self) -> Iterator[Layer]:
        yield self
        for layer in self.layers:
            yield from layer.layers_within()

    @property
    def mixes_samples(self) -> bool:
        return any(layer.mixes_samples for layer in self.layers)

    @property
    def random(self) -> bool:
        return any(layer.random for layer in self.layers)

    @property
    def params(self) -> dict[str, np.ndarray]:
        return numbered(layer.params for layer in self.layers)

    @property
    def grads(self) -> dict[str, np.ndarray]:
        return numbered(layer.grads for layer in self.layers)

    @property
    def buffers(self) -> dict[str, np.ndarray]:
        return numbered(layer.buffers for layer in self.layers)


def numbered(dicts: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """All arrays under the number of their layer and their letter."""
    return {f"{i}.{key}": A for i, arrays in enumerate(dicts) for key, A in arrays.items()}
