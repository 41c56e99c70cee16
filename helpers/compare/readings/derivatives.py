"""Derivatives by autograd through the definitions of the text, laid out as a reading says."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import Tensor

from helpers.compare.readings import extents
from helpers.compare.readings.choices import CHOICES, Misfit, NoReading, NotJudged
from helpers.compare.readings.differentials import differential
from helpers.compare.readings.roles import Meaning, Quantities
from helpers.compare.readings.values import Special, Value
from helpers.compare.readings.windows import opened
from helpers.read.claims.asking import names_in
from helpers.read.claims.letters import Key, indices_of
from helpers.read.claims.spoken import spoken
from helpers.read.claims.trees import Applied, Derivative
from helpers.read.claims.windows import is_window
from helpers.read.definitions.syntax import Entry, Letter, Node, Transposed, walk

MOST, MOST_KEPT, AGAIN = 4000, 8000, 2
"""Entries that are differentiated; those of a derivative that is differentiated again; how often that may be."""
TARGETS = {"t", "target"}
"""Letters that nobody makes of others: where a loss has them, nothing changes them."""


class ManyAxes(NotJudged):
    """A derivative has more axes than rows and columns; `j` is all of it."""

    def __init__(self, names: tuple[str, ...], j: Tensor) -> None:
        super().__init__("a derivative with more than two axes and no indices")
        self.names, self.j = names, j.detach()


def derivative(ev: Meaning, of: Node | None, by: Node, short: bool = False) -> Value:
    """d of / d by, with the indices of both in front."""
    world = ev.world
    if short and world.choose("d", "gradient", "differential") == "differential":
        return differential(ev, by)
    key, indices = letter_below(ev, by)
    node = world.tensor(key)
    if len(indices) > node.dim():
        raise NotJudged(f"{spoken(key[0])} has {node.dim()} axes, and here {len(indices)} indices")
    of = Letter(by.place, world.room.loss) if of is None else of
    refuse_function(world, of, by)
    if ev.letters.is_loss(of):
        g = of_loss(ev, of, key, node) * (of_each_sample(world, key) if short else 1)
        g, indices = opened(ev, g, indices)
        return laid_out(ev, (), (1, 1), g[None, None], indices)
    if isinstance(of, Letter) and is_bare_function(ev, of):
        of = Applied(of.place, of, by)
    if any(map(is_window, indices)):
        raise NotJudged("derived by an entry of a window")
    known = refuse_unknown(ev, of, key)
    again = derives(ev, of)
    free = indices_of(of, ev.letters) if isinstance(of, Letter | Derivative) else frozenset()
    with ev.free(free), kept(ev, again):
        v = ev.value(of)
    if isinstance(v, Special):
        raise NotJudged("the derivative of the identity")
    j = kept_jacobian(ev, of, key, v.t, node)
    if known and key[0] in known:
        j = direct_or_total(ev, of, key, node, j)
    return laid_out(ev, v.names, v.shape, j, indices)


def is_bare_function(ev: Meaning, of: Letter) -> bool:
    """Is it the σ of dσ/dx, which stands for σ(x)?"""
    room = ev.world.room
    return of.name in ev.letters.text.notation.functions and of.name not in {
        *room.functions,
        *room.definitions,
    }


def refuse_function(world: Quantities, of: Node, by: Letter) -> None:
    """∂/∂h of h(u), where h is defined of x: the h below is that of another argument, or the function itself."""
    values = [n.argument for n in walk(of) if isinstance(n, Applied) and n.function.name == by.name]
    if any(argument != world.room.values.get(by.name) for argument in values):
        raise NotJudged(f"derived by the function {spoken(by.name)}: give its value a letter")


def of_each_sample(world: Quantities, key: Key) -> float:
    """What dZ of dW = 1/m dZ Xᵀ is of the gradient of the mean loss: the text averages only at the weights."""
    m, (mean, each) = world.room.average, CHOICES["gradients of samples"]
    if (
        m is None
        or world.definition_of(key) is None
        or world.choose("gradients of samples", mean, each) == mean
    ):
        return 1
    return extents.size(world, m)


def derives(ev: Meaning, of: Node) -> bool:
    """Has a formula a derivative, perhaps in a function of the text?"""
    bodies = [f[1] for n in walk(of) if isinstance(n, Applied) and (f := function_of(ev, n)) is not None]
    return any(isinstance(n, Derivative) for tree in (of, *bodies) for n in walk(tree))


def function_of(ev: Meaning, node: Applied) -> tuple[Node, Node] | None:
    return ev.world.room.functions.get(node.function.name)


@contextmanager
def kept(ev: Meaning, again: bool) -> Iterator[None]:
    """A context in which derivatives are still made of their letters, if they are to be derived again."""
    before, times = ev.world.keeps, ev.world.again
    if times + again > AGAIN:
        raise NotJudged("a derivative is taken here of too many others")
    ev.world.keeps, ev.world.again = before or again, times + again
    try:
        yield
    finally:
        ev.world.keeps, ev.world.again = before, times


def letter_below(ev: Meaning, by: Node) -> tuple[Key, tuple[str, ...]]:
    """The letter that is derived by, and its indices."""
    if isinstance(by, Transposed | Entry) or not isinstance(by, Letter):
        raise NotJudged("derived by what is no letter")
    slots = ev.letters.slots(by)
    return original(ev, ev.world.layered(ev.world.concrete(slots.key))), slots.indices


def original(ev: Meaning, key: Key) -> Key:
    """The letter of which another, that nothing else is made of, is but a second name: σ² of v = σ²."""
    found = ev.world.definition_of(key)
    if found is None or key[0] in ev.world.room.used or not isinstance(found[0].right, Letter):
        return key
    slots = ev.letters.slots(found[0].right)
    same = slots.indices == found[0].indices and key[1] == found[0].key[1]
    return ev.world.concrete(slots.key) if same else key


def of_loss(ev: Meaning, of: Letter, key: Key, node: Tensor) -> Tensor:
    """The gradient of the loss: as the text defines it, or, where that does not depend on the letter, of another."""
    own = ev.world.concrete(ev.letters.slots(of).key)
    keeps, asked = ev.world.keeps, ev.world.asked_open
    if (own, key) in ev.world.kept and not keeps:
        g, times = ev.world.kept[own, key]
        ev.world.asked_open += times
        return noted(ev, g)
    v = ev.real(of) if ev.world.definition_of(own) else ev.world.open_loss(of, own)  # L may be a size too
    if not v.names and v.is_vector and ev.world.choose("outputs", "one", "several") == "several":
        v = Value((), v.t.sum((-1, -2), keepdim=True))
    if v.names or not v.is_number:
        raise NoReading("a loss that is no number")
    g = gradient(v.t.reshape(()), node, keeps)
    if g is not None:
        ev.world.kept[own, key] = g, ev.world.asked_open - asked
        return noted(ev, g)
    if ev.world.definition_of(ev.world.concrete(ev.letters.slots(of).key)) and (
        ev.world.choose("loss", "another", "as defined") == "another"
    ):
        g = gradient(ev.world.upstream(), node, keeps)
    if g is None and is_unheard(ev, key):
        raise Misfit(f"that loss does not hear {spoken(key[0])} at each time")
    if g is None:
        raise NotJudged(f"the loss does not depend on {spoken(key[0])}: say what it is made of")
    return noted(ev, g)


def noted(ev: Meaning, g: Tensor) -> Tensor:
    """A gradient; where it is 0, whatever it is multiplied by stays 0, which tells nothing of a line."""
    ev.world.reading.idle |= not g.any()
    return g


def is_unheard(ev: Meaning, key: Key) -> bool:
    """Is the loss taken to be that of one time or step, and the letter that of a time which does not enter it?"""
    taken, now = ev.world.reading.choices.get("times"), ev.world.steps.now
    times = [n for _, n in key[1] if isinstance(n, int)]
    return any(n > now if taken == "one" else taken == "step" and n != now for n in times)


def gradient(y: Tensor, node: Tensor, keeps: bool) -> Tensor | None:
    if not y.requires_grad:
        return None
    return torch.autograd.grad(y, node, retain_graph=True, create_graph=keeps, allow_unused=True)[0]


def refuse_unknown(ev: Meaning, of: Node, key: Key) -> set[str]:
    """The letters in the definition of a letter that is derived; one without a definition has no derivative."""
    if not isinstance(of, Letter):
        return set()
    own = ev.world.concrete(ev.letters.slots(of).key)
    found = ev.world.definition_of(own)
    if found is not None:
        return names_in(found[0].right)
    if own[0] in TARGETS and own[0] in ev.world.room.used:
        return set()
    if own != key and ev.world.tensor(own).grad_fn is None and own[0] not in ev.world.room.functions:
        raise NotJudged(f"nothing says what {spoken(own[0])} is made of: write {spoken(own[0])} = ...")
    return set()


def kept_jacobian(ev: Meaning, of: Node, key: Key, t: Tensor, node: Tensor) -> Tensor:
    """The Jacobian, which a world finds once for a letter; its rows are spent."""
    ev.world.room.effort.spend(t.numel() // 16)
    if not isinstance(of, Letter) or ev.world.keeps:
        return jacobian(t, node, ev.world.keeps)
    slots, kept = ev.letters.slots(of), ev.world.kept
    asked = slots.indices, ev.world.concrete(slots.key), key, tuple(t.shape)
    if asked not in kept:
        kept[asked] = jacobian(t, node)
    return kept[asked]


def jacobian(t: Tensor, node: Tensor, keeps: bool = False) -> Tensor:
    """The derivative of each entry of a tensor by each of a node: shape (*t, *node)."""
    if not t.requires_grad:
        return torch.zeros([*t.shape, *node.shape], dtype=torch.float64)
    flat = t.reshape(-1)
    if flat.numel() > MOST or (keeps and flat.numel() * node.numel() > MOST_KEPT):
        raise NotJudged("too many entries")
    each = torch.eye(flat.numel(), dtype=torch.float64)
    (j,) = torch.autograd.grad(
        flat, node, each, retain_graph=True, create_graph=keeps, allow_unused=True, is_grads_batched=True
    )
    j = torch.zeros([*each.shape[:1], *node.shape], dtype=torch.float64) if j is None else j
    j = j.reshape([*t.shape, *node.shape])
    return j if keeps else j.detach()


def direct_or_total(ev: Meaning, of: Node, key: Key, node: Tensor, total: Tensor) -> Tensor:
    """Where they differ, a choice: the total derivative, or that of the definition with its other letters fixed."""
    world = ev.world
    own = world.concrete(ev.letters.slots(of).key)
    if own == key:
        return total
    before, losses, kept = world.tensors, world.losses, world.kept
    world.kept = {}
    world.tensors = {
        k: t if k == key else t.detach().requires_grad_(True) for k, t in before.items() if k != own
    }
    try:
        direct = jacobian(ev.real(of).t, node).reshape(total.shape)
    except (NotJudged, Misfit):
        return total
    finally:
        world.tensors, world.losses, world.kept = before, losses, kept
    if torch.allclose(total, direct) or world.choose("partial", "total", "direct") == "total":
        return total
    return direct


def laid_out(
    ev: Meaning, names: tuple[str, ...], shape: tuple[int, int], j: Tensor, indices: tuple[str, ...]
) -> Value:
    """(names, rows, columns, axes of the letter below) as a value: its indices become names, the rest rows, columns."""
    world, n = ev.world, len(names)
    j, indices = at_numbers(j, n + 2, indices)
    for k in range(len(indices)):
        j = j.movedim(n + 2 + k, n + k)
    new = [*names, *indices]
    left = j.dim() - len(new) - 2
    if left == 0:
        t = j
    elif left == 1 and shape == (1, 1):
        column = world.choose("vectors", "columns", "rows") == "columns"
        column ^= world.choose("gradient", "shape of the letter", "transposed") == "transposed"
        t = j.squeeze(-2)
        t = t.transpose(-1, -2) if column else t
    elif (entries := diagonal_of(j, n + len(indices), shape)) is not None and (
        world.choose("diagonal Jacobian", "matrix", "entries") == "entries"
    ):
        t = entries
    elif left == 1 and 1 in shape:
        t = j.squeeze(-2) if shape[1] == 1 else j.squeeze(-3)
        if world.choose("Jacobian", "rows are the numerator", "transposed") == "transposed":
            t = t.transpose(-1, -2)
    elif left == 2 and shape == (1, 1):
        t = j.squeeze(-3).squeeze(-3)
        if world.choose("gradient", "shape of the letter", "transposed") == "transposed":
            t = t.transpose(-1, -2)
    elif world.whole_axes:
        t = j.movedim((n + len(indices), n + len(indices) + 1), (-2, -1))
        new += [f"#{k}" for k in range(left)]
    else:
        raise ManyAxes(tuple(new), j)
    t = ev.diagonal(new, t)
    return Value(tuple(new), t)


def at_numbers(j: Tensor, first: int, indices: tuple[str, ...]) -> tuple[Tensor, tuple[str, ...]]:
    """The entries of w_{12}, where the axes of the letter below begin at the first."""
    for k in reversed(range(len(indices))):
        if indices[k].isdigit():
            number = int(indices[k])
            if not 0 < number <= j.shape[first + k]:
                raise NotJudged(f"entry {number}")
            j = j.select(first + k, number - 1)
    return j, tuple(i for i in indices if not i.isdigit())


def diagonal_of(j: Tensor, names: int, shape: tuple[int, int]) -> Tensor | None:
    """The derivative of each entry by its own, with the shape of what is derived; None if it has others too."""
    own = [k for k in (0, 1) if shape[k] != 1]
    below = j.shape[names + 2 :]
    if not own or tuple(below) != tuple(shape[k] for k in own):
        return None
    flat = j.reshape(*j.shape[:names], shape[0] * shape[1], -1)
    entries = torch.diagonal(flat, 0, -2, -1)
    if not torch.equal(torch.diag_embed(entries), flat):
        return None
    return entries.reshape(*j.shape[:names], *shape)


def product_of_derivatives(ev: Meaning, chain: list[Derivative]) -> Value | None:
    """da/db db/dc of whole letters, in either order: contracted over all of b. None for any other product.

    A chain may have one link alone, where those before it are none, as in \\prod_{j=k+1}^t at k = t.
    """
    for order in (chain, chain[::-1]):
        if links_up(ev, order):
            break
    else:
        return None
    world = ev.world
    out, names, shape, axes = None, (), (1, 1), 0
    for d in order:
        key, _ = letter_below(ev, d.by)
        node = world.tensor(key)
        if out is None:
            of = Letter(d.place, world.room.loss) if d.of is None else d.of
            refuse_function(world, of, d.by)
            if ev.letters.is_loss(of):
                out = of_loss(ev, of, key, node)[None, None]
            else:
                v = ev.real(of)
                names, shape, out = v.names, v.shape, local(ev, of, key, v.t)
                if len(order) == 1 and isinstance(of, Letter):
                    own = world.concrete(ev.letters.slots(of).key)
                    out = at_its_time(
                        ev, own, key, out.reshape(*world.tensor(own).shape, *node.shape)
                    ).reshape(out.shape)
        else:
            own = world.concrete(ev.letters.slots(d.of).key)
            last = list(range(out.dim() - axes, out.dim()))
            link = at_its_time(ev, own, key, local(ev, d.of, key, world.tensor(own)))
            out = torch.tensordot(out, link, dims=(last, list(range(axes))))
        axes = node.dim()
    return laid_out(ev, names, shape, out, letter_below(ev, order[-1].by)[1])


def at_its_time(ev: Meaning, own: Key, key: Key, whole: Tensor) -> Tensor:
    """What a weight does to a state at its time: the last link of a chain, where all those before have their own."""
    world = ev.world
    time = world.steps.time_of(own[1])
    if time is None or any(isinstance(s, int) for _, s in key[1]):
        return whole
    if (own, key) in world.kept:
        return with_weights(ev, world.kept[own, key], whole)
    tensors = {}
    for k, t in world.tensors.items():
        before = world.steps.time_of(k[1])
        if before is not None and before < time:
            tensors[k] = t.detach().requires_grad_(True)
        elif world.definition_of(k) is None:
            tensors[k] = t
    other = world.beside(tensors)
    world.kept[own, key] = jacobian(other.tensor(own), other.tensor(key))
    return with_weights(ev, world.kept[own, key], whole)


def with_weights(ev: Meaning, link: Tensor, whole: Tensor) -> Tensor:
    at_once, through_all = CHOICES["weights"]
    if torch.allclose(link, whole) or ev.world.choose("weights", at_once, through_all) == through_all:
        return whole
    return link


def local(ev: Meaning, of: Node, key: Key, value: Tensor) -> Tensor:
    """One factor of a chain: through its own definition alone, where the reading says so."""
    known = refuse_unknown(ev, of, key)
    j = kept_jacobian(ev, of, key, value, ev.world.tensor(key))
    return direct_or_total(ev, of, key, ev.world.tensor(key), j) if key[0] in known else j


def links_up(ev: Meaning, order: list[Derivative]) -> bool:
    """Is what each derives by what the next derives, a letter as a whole?"""
    for a, b in pairwise(order):
        if not isinstance(a.by, Letter) or not isinstance(b.of, Letter):
            return False
        first, second = ev.letters.slots(a.by), ev.letters.slots(b.of)
        if first.indices or second.indices or ev.world.concrete(first.key) != ev.world.concrete(second.key):
            return False
    return isinstance(order[-1].by, Letter)
