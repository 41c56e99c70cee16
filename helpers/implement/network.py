"""Layers that are made of layers; Sequential has them one after the other."""

from collections.abc import Iterator

import numpy as np

from .layer import Layer


class Composed(Layer):
    """A layer that is made of others, its parts: the layers among its attributes

    ``params`` and ``grads`` are those of the parts, each under the name of its part: "norm1.gamma", "mlp.0.W", ...
    """

    def __init__(self) -> None:
        """The arrays are those of the parts: there is nothing to make."""

    @property
    def parts(self) -> dict[str, Layer]:
        return {name: part for name, part in vars(self).items() if isinstance(part, Layer)}

    def layers_within(self) -> Iterator[Layer]:
        yield self
        for part in self.parts.values():
            yield from part.layers_within()

    @property
    def mixes_samples(self) -> bool:
        return any(part.mixes_samples for part in self.parts.values())

    @property
    def random(self) -> bool:
        return any(part.random for part in self.parts.values())

    @property
    def params(self) -> dict[str, np.ndarray]:
        return self.gathered("params")

    @property
    def grads(self) -> dict[str, np.ndarray]:
        return self.gathered("grads")

    @property
    def buffers(self) -> dict[str, np.ndarray]:
        return self.gathered("buffers")

    def gathered(self, arrays: str) -> dict[str, np.ndarray]:
        """All arrays of the parts under the name of their part and their letter."""
        return {
            f"{name}.{key}": A
            for name, part in self.parts.items()
            for key, A in getattr(part, arrays).items()
        }


class Sequential(Composed):
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

    @property
    def parts(self) -> dict[str, Layer]:
        return {str(i): layer for i, layer in enumerate(self.layers)}
