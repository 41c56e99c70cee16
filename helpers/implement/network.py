"""Layers one after the other."""

import numpy as np

from .layer import Layer


class Sequential(Layer):
    """Y = layerₙ(... layer₁(layer₀(X)))

    Forward    X through the layers in their order
    Backward   dY through the layers in the reverse order: the chain rule as a loop

    ``params`` and ``grads`` are those of all the layers, under the keys "0.W", "0.b", "2.W", ...

    Derived in notebooks/07_mlp_from_scratch.ipynb.
    """

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"layer {i} of Sequential is {layer!r}, which is not a Layer")
        self.layers = layers

    @property
    def params(self) -> dict[str, np.ndarray]:
        return {f"{i}.{key}": W for i, layer in enumerate(self.layers) for key, W in layer.params.items()}

    @property
    def grads(self) -> dict[str, np.ndarray]:
        return {f"{i}.{key}": dW for i, layer in enumerate(self.layers) for key, dW in layer.grads.items()}

    def forward(self, X: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, dY: np.ndarray) -> np.ndarray:
        for layer in reversed(self.layers):
            dY = layer.backward(dY)
        return dY

    def parameter_gradients(self, dY: np.ndarray) -> None:
        """Backward without the dX of the first layer: the data do not learn (a third of an MLP's step)."""
        for layer in reversed(self.layers[1:]):
            dY = layer.backward(dY)
        for layer in self.layers[:1]:
            layer.parameter_gradients(dY)
