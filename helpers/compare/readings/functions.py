"""Functions: those with a name, those of the text, and those that it leaves open."""

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, NotJudged
from helpers.compare.readings.einstein import summed
from helpers.compare.readings.roles import Meaning
from helpers.compare.readings.values import Value
from helpers.read.claims.asking import function_name
from helpers.read.claims.letters import POINT, Key, script
from helpers.read.claims.spoken import spoken
from helpers.read.claims.times import base_of
from helpers.read.claims.trees import Applied, Arguments
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import Letter, Node

ELEMENTWISE = {
    "exp": torch.exp, "log": torch.log, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu,
    "sqrt": torch.sqrt, "sin": torch.sin, "cos": torch.cos, "abs": torch.abs, "sinh": torch.sinh,
    "cosh": torch.cosh, "sign": torch.sign, "softplus": torch.nn.functional.softplus, "erf": torch.erf,
    "gelu": torch.nn.functional.gelu, "silu": torch.nn.functional.silu,
}  # fmt: skip

GAUSSIAN = {"Phi": torch.special.ndtr, "phi": lambda t: torch.exp(-(t**2) / 2) / (2 * torch.pi) ** 0.5}
"""The distribution and the density of the standard normal, where a text speaks of it."""


def unknown_function(name: str, under_logarithm: bool = False):
    """A smooth function that nobody knows: what holds for it holds for any; between 0 and 1 if logarithms need it."""
    a = 1.1 + 0.07 * (sum(map(ord, name)) % 7)
    if under_logarithm:
        return lambda u: 0.5 + 0.3 * torch.sin(a * u + 0.2) + 0.15 * torch.sin(0.6 * u)
    return lambda u: torch.sin(a * u) + 0.23 * u * u + 0.4 * u


def applied(ev: Meaning, node: Applied) -> Value:
    r"""f(x), f'(x): by the text's definition, else \sigma as the words allow, else as any function."""
    name, known = node.function.name, ev.world.room.functions.get(function_name(node.function))
    if node.primes > 2:
        raise NotJudged("derivatives of more than the second order are not judged")
    if known is not None:
        formal, body = known
        if node.primes:
            inner = body if node.primes == 1 else Applied(node.place, node.function, formal, 1)
            return derived(ev, node, formal, inner)
        if node.argument == ev.world.room.values.get(name) and ev.world.definition_of(
            key := key_of(ev, node)
        ):
            return ev.entries(ev.world.tensor(key), ())
        return ev.real(put_all(body, formal, node.argument))
    if isinstance(node.argument, Arguments):
        raise NotJudged(f"the function {spoken(name)} is not defined: write {spoken(name)}(x, w) = ...")
    labels = {script(s) for s in (*node.function.below, *node.function.above)}
    layers = ev.letters.steps | ev.letters.tops
    if not all(s is not None and (base_of(s) in layers or (layers and base_of(s).isdigit())) for s in labels):
        raise NotJudged(f"the function {spoken(name)} is not defined: write {spoken(name)}(z) = ...")
    layer = str(key_of(ev, node)[1] or "")
    if ev.letters.is_softmax(name):
        if node.primes:
            raise NotJudged("the derivative of softmax written as that of a function of a number")
        return ev.softmax(ev.real(node.argument))
    known = ELEMENTWISE | (GAUSSIAN if ev.letters.gaussian else {})
    function = known.get(name) or unknown_function(name + layer, bool(ev.letters.positive))
    if name == "sigma":
        if not ev.letters.only_sigmoid and ev.world.choose("sigma", *CHOICES["sigma"]) == "softmax":
            if node.primes:
                raise NotJudged("the derivative of softmax written as that of a function of a number")
            return ev.softmax(ev.real(node.argument))
        kinds = ("sigmoid",) if ev.letters.sigmoid else CHOICES["sigma of each entry"]
        function = torch.sigmoid if ev.world.choose("sigma of each entry", *kinds) == "sigmoid" else function
    v = summed(ev, ev.real(node.argument), node.argument)
    if node.primes:
        once = function if node.primes == 1 else lambda t: slope(function, t)
        return Value(v.names, slope(once, v.t))
    return Value(v.names, function(v.t))


def key_of(ev: Meaning, node: Applied) -> Key:
    return ev.world.concrete(ev.letters.slots(node.function).key)


def slope(function, t: Tensor) -> Tensor:
    """The derivative of a function of numbers, still a node of the graph."""
    u = t if t.requires_grad else t.clone().requires_grad_(True)
    u = u * 1
    return torch.autograd.grad(function(u).sum(), u, create_graph=True)[0]


def derived(ev: Meaning, node: Applied, formal: Node, body: Node) -> Value:
    """f' by f's definition, at each entry of its argument."""
    if not isinstance(formal, Letter) or ev.letters.slots(formal).indices:
        raise NotJudged("the derivative of a function of an entry")
    v = ev.real(node.argument)
    u = v.t.flatten() * 1.0
    if not u.requires_grad:
        u = u.clone().requires_grad_(True)
    key = ev.world.concrete(ev.letters.slots(formal).key)
    tensors = ev.world.tensors
    before, frame, kept = tensors.get(key), ev.frame, ev.world.kept
    ev.world.kept = {}
    tensors[key] = u
    ev.frame = (frame[0], frozenset({POINT}))
    try:
        w = ev.real(rebuilt_letter(body, formal))
    finally:
        ev.frame, ev.world.kept = frame, kept
        if before is None:
            tensors.pop(key, None)
        else:
            tensors[key] = before
    w = w.t.expand(u.shape[0], 1, 1) if w.t.numel() == 1 else w.t
    if w.numel() != u.numel() or not w.requires_grad:
        if w.numel() == u.numel():
            return Value(v.names, torch.zeros_like(v.t))
        raise NotJudged("the derivative of a function that is no function of a number")
    g = torch.autograd.grad(w.sum(), u, create_graph=True, allow_unused=True)[0]
    return Value(v.names, torch.zeros_like(v.t) if g is None else g.reshape(v.t.shape))


def rebuilt_letter(body: Node, formal: Letter) -> Node:
    """The body, its formal letter with an index that runs over all points."""
    point = Letter(formal.place, formal.name, (Letter(formal.place, POINT),), formal.above)
    return put(body, formal, point)


def put_all(body: Node, formal: Node, given: Node) -> Node:
    """The body with what is given in the place of its letters, all at once."""
    if isinstance(formal, Arguments) != isinstance(given, Arguments):
        raise NotJudged("a function of as many arguments is not defined")
    if not isinstance(formal, Arguments):
        return put(body, formal, given)
    if len(formal.items) != len(given.items):
        raise NotJudged("a function of as many arguments is not defined")
    return put_each(body, dict(zip(formal.items, given.items, strict=True)))


def put_each(node: Node, given: dict[Node, Node]) -> Node:
    return given[node] if node in given else rebuilt(node, lambda part: put_each(part, given))


def put(node: Node, formal: Node, given: Node) -> Node:
    """The tree with something in the place of a letter."""
    if node == formal:
        return given
    return rebuilt(node, lambda part: put(part, formal, given))
