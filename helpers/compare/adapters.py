"""PyTorch's modules, losses and optimizers as those of helpers.implement, so that one loop trains both."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from helpers.implement import Layer, Loss, Optimizer, SoftmaxCrossEntropy
from helpers.implement.layer import described

Arrays = dict[str, np.ndarray]
CLASSIFY = nn.CrossEntropyLoss, nn.NLLLoss, F.cross_entropy, F.nll_loss


def from_torch(
    module: nn.Module, loss: nn.Module | Callable, optimizer: torch.optim.Optimizer
) -> tuple["TorchNetwork", "TorchLoss", "TorchOptimizer"]:
    """A network, a loss and an optimizer for helpers.implement.train.

        train(*from_torch(module, F.cross_entropy, torch.optim.SGD(module.parameters(), 0.1)), data, ...)

    The module learns in place. The loss is a module of torch.nn or a function of torch.nn.functional.
    """
    network = TorchNetwork(module)
    return network, TorchLoss(loss), TorchOptimizer(network, optimizer)


class TorchNetwork(Layer):
    """A torch.nn.Module as a layer: its forward, and its autograd for backward.

    ``params`` and ``grads`` are NumPy's view of the same memory, under the names of named_parameters().
    """

    def __init__(self, module: nn.Module) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(f"the module is {module!r}, which is no torch.nn.Module")
        self.module = module

    @property
    def params(self) -> Arrays:
        return parameters(self.module)

    @property
    def grads(self) -> Arrays:
        named = self.module.named_parameters()
        return {name: W.grad.numpy() for name, W in named if W.grad is not None}

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X_torch = self.checked(X).requires_grad_(X.dtype.kind == "f")
        self.Y_torch = self.module(self.X_torch)
        self.Y = self.Y_torch.detach().numpy()
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        self.pull(dY, [self.X_torch, *self.learning()])
        return self.X_torch.grad.numpy()

    def parameter_gradients(self, dY: np.ndarray) -> None:
        self.pull(dY, self.learning())  # without the dX of the first layer, as in Sequential

    def pull(self, dY: np.ndarray, inputs: list[torch.Tensor]) -> None:
        self.module.zero_grad()
        self.Y_torch.backward(tensor(self.checked_upstream(dY)), inputs=inputs)

    def learning(self) -> list[torch.Tensor]:
        return [W for W in self.module.parameters() if W.requires_grad]

    def predict(self, X: np.ndarray) -> np.ndarray:
        modes = {module: module.training for module in self.module.modules()}
        self.module.eval()
        with torch.no_grad():
            Y = self.module(self.checked(X)).numpy()
        for module, mode in modes.items():
            module.training = mode
        return Y

    def checked(self, X: np.ndarray) -> torch.Tensor:
        """X as a tensor, if its dtype is that of the parameters."""
        dtypes = {W.dtype for W in self.params.values()}
        if X.dtype.kind == "f" and dtypes and X.dtype not in dtypes:
            raise TypeError(
                f"X has dtype {X.dtype}, but the parameters of the module have dtype {dtypes.pop()}"
            )
        return tensor(X)

    def saved(self) -> Arrays:
        """Parameters and buffers, and the generator that dropout draws from."""
        return {"torch": packed({"module": self.module.state_dict(), "rng": torch.get_rng_state()})}

    def restore(self, saved: Arrays) -> None:
        state = unpacked(saved["torch"])
        self.module.load_state_dict(state["module"])
        torch.set_rng_state(state["rng"])

    def __repr__(self) -> str:
        return repr(self.module)


class TorchLoss(Loss):
    """A loss of torch.nn or torch.nn.functional as a loss of helpers.implement, with autograd for backward."""

    def __init__(self, loss: nn.Module | Callable) -> None:
        super().__init__(getattr(loss, "reduction", "mean"))
        self.loss = loss

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        self.X_torch = tensor(X).requires_grad_()
        self.L_torch = self.loss(self.X_torch, target(T, self.X_torch))
        L = self.L_torch.detach().numpy()
        return L if L.ndim else float(L)

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        self.L_torch.backward(None if dL is None else torch.as_tensor(dL, dtype=self.L_torch.dtype))
        return self.X_torch.grad.numpy()

    def accuracy(self, X: np.ndarray, T: np.ndarray) -> float:
        if T.dtype.kind in "iu" or self.loss in CLASSIFY or type(self.loss) in CLASSIFY:
            return SoftmaxCrossEntropy(ignore_index=getattr(self.loss, "ignore_index", -100)).accuracy(X, T)
        return float("nan")

    def __repr__(self) -> str:
        if isinstance(self.loss, nn.Module):
            return f"{described(self.loss)} {dict(self.loss.named_buffers())}"
        return getattr(self.loss, "__name__", type(self.loss).__name__)


class TorchOptimizer(Optimizer):
    """A torch.optim.Optimizer as an optimizer of helpers.implement. Its lr is that of all parameter groups."""

    def __init__(self, network: TorchNetwork, optimizer: torch.optim.Optimizer) -> None:
        held = {W for group in optimizer.param_groups for W in group["params"]}
        if not held & set(network.module.parameters()):
            raise ValueError("the optimizer holds no parameter of this module: nothing would learn")
        self.network, self.optimizer = network, optimizer

    @property
    def lr(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    @lr.setter
    def lr(self, lr: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    def step(self) -> None:
        self.optimizer.step()

    def saved(self) -> Arrays:
        return {"torch": packed(self.optimizer.state_dict())}

    def restore(self, saved: Arrays) -> None:
        self.optimizer.load_state_dict(unpacked(saved["torch"]))

    def __repr__(self) -> str:
        return " ".join(repr(self.optimizer).split())


def parameters(network: Layer | nn.Module) -> Arrays:
    """The live parameters of a network, or of a module, as arrays."""
    if isinstance(network, nn.Module):
        return {name: W.detach().numpy() for name, W in network.named_parameters()}
    return network.params


def tensor(A: np.ndarray) -> torch.Tensor:
    """A as a tensor; its memory too, unless it may not be written."""
    return torch.from_numpy(np.require(A, requirements=["C", "W"]))


def target(T: np.ndarray, X: torch.Tensor) -> torch.Tensor:
    """T as PyTorch wants it: class ids in 64 bits, all else in the dtype of X."""
    T = tensor(np.asarray(T))
    return T.to(X.dtype) if T.shape == X.shape else T.long()


def packed(state: Any) -> np.ndarray:
    """What torch.save writes, as an array of bytes."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def unpacked(packed: np.ndarray) -> Any:
    """What was packed; weights_only reads tensors and plain containers, and runs nothing."""
    return torch.load(io.BytesIO(packed.tobytes()), weights_only=True)
