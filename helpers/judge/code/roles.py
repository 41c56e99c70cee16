"""Which methods of a stranger's object are forward and backward, by the names that people give them."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

FORWARD = (
    *("forward", "fprop", "forward_pass", "forward_prop", "forward_propagation", "forward_propagate", "fwd"),
    *("update_output", "propagate", "feed_forward", "activate", "apply", "compute", "activation"),
    *("loss", "compute_loss", "calculate", "calc", "function", "fn", "func", "f", "call", "__call__"),
)
BACKWARD = (
    *(
        "backward",
        "backward_delta",
        "bprop",
        "backward_pass",
        "backprop",
        "backward_prop",
        "backward_propagation",
        "bwd",
    ),
    *("back_propagate", "back_propagation", "backward_propagate", "update_grad_input", "propagate_back"),
    *("gradient", "grad", "loss_gradient", "loss_grad", "compute_gradient", "compute_gradients"),
    *(
        "input_grad",
        "derivative",
        "derive",
        "deriv",
        "prime",
        "fn_prime",
        "func_prime",
        "f_prime",
        "function_prime",
        "loss_prime",
    ),
    *(
        "loss_derivative",
        "activation_derivative",
        "activation_prime",
        "d_activation",
        "derivative_activation",
    ),
    *("dfn", "df"),
)
INITIALISE = (
    *("init_params", "init_parameters", "initialize_params", "initialise_params", "initialize_parameters"),
    *(
        "init_weights",
        "initialize_weights",
        "initialise_weights",
        "initialize",
        "initialise",
        "build",
        "init",
    ),
    *("reset_parameters", "setup", "create_weights"),
)
"""Methods that make the parameters, which the constructor has not made."""
BESIDE = ("acc_grad_parameters", "accumulate_gradients", "param_grad", "backward_update_gradient")


def plain(name: str) -> str:
    """Write forwardPass and forward_pass alike."""
    return name if name.startswith("__") else name.replace("_", "").lower()


FORWARD, BACKWARD, BESIDE, INITIALISE = (
    tuple(map(plain, names)) for names in (FORWARD, BACKWARD, BESIDE, INITIALISE)
)


def methods(work: Any) -> dict[str, str]:
    """Return the methods that are the work's own, by their names written alike; of object it has none."""
    kinds = work.__mro__ if inspect.isclass(work) else type(work).__mro__
    own = {} if inspect.isclass(work) else getattr(work, "__dict__", {})
    tables = [own, *(vars(kind) for kind in kinds if kind is not object)]
    names = [name for table in tables for name, value in table.items() if calls(value)]
    return {plain(name): name for name in reversed(names)}


def calls(value: Any) -> bool:
    return callable(value) or isinstance(value, staticmethod | classmethod)


def method(work: Any, names: tuple[str, ...]) -> Callable | None:
    """Return the method of the first of these names, None where there is none."""
    there = methods(work)
    return next((getattr(work, there[name]) for name in names if name in there), None)


def forward_of(work: Any) -> Callable | None:
    """Return forward; or __call__, where that takes as much, and hands it on after what it has to do before."""
    forward, call = method(work, FORWARD), method(work, ("__call__",))
    return call if forward and call and taken_by(call) >= max(1, taken_by(forward)) else forward


def taken_by(f: Callable) -> int:
    """Return how many arguments f cannot do without."""
    try:
        asked = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in asked)


def backward_of(work: Any) -> Callable | None:
    """Return backward; where the gradients of the parameters have a method of their own, both in one call."""
    backward, beside = method(work, BACKWARD), method(work, BESIDE)
    if backward is None or beside is None:
        return backward

    @functools.wraps(backward)
    def both(*given: Any) -> Any:
        dX = backward(*given)
        beside(*given)
        return dX

    return both
