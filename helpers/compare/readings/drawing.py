"""Letters without a definition: numbers at random, with as many axes as the text gives them."""

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, NotJudged
from helpers.compare.readings.roles import Quantities
from helpers.read.claims.asking import bases
from helpers.read.claims.letters import NUMBERS, Key
from helpers.read.claims.samples import EACH
from helpers.read.claims.spoken import spoken

MATRICES = {"Theta", "Phi", "Sigma", "Lambda", "Omega", "Gamma", "Psi", "Xi"}


def drawn(world: Quantities, key: Key) -> Tensor:
    """Numbers at random for a letter without a definition."""
    name, label = key
    if name.lower() not in {x.lower() for x in world.room.known | world.common}:
        raise NotJudged(f"nothing says what {spoken(name)} is: write {spoken(name)} = ...")
    if name.removesuffix(EACH) in world.letters.losses:
        raise NotJudged(f"nothing says what the loss {spoken(name)} of one sample is")
    rank = axes_of(world, name)
    if name in world.letters.singled_out and is_one_entry(label):
        rank = max(rank - 1, 0)
    other = stack_of(world, name, rank, label)
    if other is not None:
        return other
    shape = [world.reading.sizes.of((name, label, k), world.reading.draw) for k in range(rank)]
    random = torch.Generator().manual_seed(seed_of(str(key)) + 7919 * world.reading.draw)
    draw = torch.rand if is_positive(world, name) else torch.randn
    one = name.removesuffix(EACH)
    if one in world.letters.targets and rank > (one != name):
        return target(world, shape, random)
    t = draw(shape, generator=random, dtype=torch.float64)
    if world.letters.symmetric and rank == 2 and shape[0] == shape[1]:
        any_, symmetric = CHOICES["square matrices"]
        t = t + t.T if world.choose("square matrices", any_, symmetric) == symmetric else t
    return t * 0.7 + 0.15 if is_positive(world, name) else t


def is_one_entry(label: tuple) -> bool:
    """Does a number stand below, as that of w_0?"""
    return len(label) == 1 and label[0][0] == "_" and isinstance(label[0][1], str) and label[0][1].isdigit()


def twin(world: Quantities, name: str) -> str | None:
    """X for x, where the definitions have the one and only the claims the other."""
    other = name.swapcase()
    if len(name) > 1 or name in world.room.within or other not in world.room.within or other == name:
        return None
    if name in world.letters.vectors:
        return None
    if {other, name} & world.letters.per_sample or {other, name} & world.letters.sampled:
        return None
    rank, others = (world.letters.rank.get(x, 0) for x in (name, other))
    if rank not in (others, 2) and other not in world.letters.axes:
        return None
    return other


def is_positive(world: Quantities, name: str) -> bool:
    return (
        name.removesuffix(EACH) in world.letters.positive
        or name in ("epsilon", "varepsilon", "eps")
        or name.endswith("²")
    )


def stack_of(world: Quantities, name: str, rank: int, label: tuple) -> Tensor | None:
    """X where the text has x_{ij}, or x_i with a transpose: the same numbers; B beside b_j: b in each row."""
    small = name.lower()
    known = small != name and small in world.letters.rank and small not in world.room.definitions
    if (
        rank == 2
        and len(name) == 1
        and small != name
        and (samples := samples_of(world, small, label)) is not None
    ):
        return samples
    if rank != 2 or not known or len(name) > 1:
        return None
    if world.letters.rank.get(small) == 2:
        return world.tensor((small, label)) * 1
    if world.letters.rank.get(small) == 1:
        if (small, 1) in world.letters.transposed:
            own = world.choose(f"{name} stacks {small}", "rows", "own")
            return None if own == "own" else world.tensor((small, label)) * 1
        if world.choose(f"{name} beside {small}", "own", "the same in each row") != "own":
            size = world.reading.sizes.of((name, label, 0), world.reading.draw)
            return world.tensor((small, label)).unsqueeze(0).expand(size, -1)
    return None


def samples_of(world: Quantities, small: str, label: tuple) -> Tensor | None:
    """X where the text has x^{(i)}: the samples side by side, in rows or in columns."""
    each = small + EACH if small in world.letters.per_sample else small
    if each not in world.letters.sampled or small.isupper() or world.letters.rank.get(each, 0) > 2:
        return None
    t = world.tensor((each, label)) * 1
    t = t[:, None] if t.dim() == 1 else t
    return t if world.choose("samples", "rows", "columns") == "rows" else t.transpose(0, 1)


def target(world: Quantities, shape: list[int], random: torch.Generator) -> Tensor:
    t = torch.rand(shape, generator=random, dtype=torch.float64) + 0.1
    any_, whole, one_hot = CHOICES["targets"]
    kind = world.choose("targets", any_, whole, one_hot)
    if kind == whole:
        return t / t.sum(-1, keepdim=True)
    if kind == one_hot:
        chosen = torch.randint(shape[-1], shape[:-1], generator=random)
        return torch.nn.functional.one_hot(chosen, shape[-1]).to(torch.float64)
    return t


def axes_of(world: Quantities, name: str) -> int:
    """How many axes a letter without a definition has."""
    letters, r = world.letters, world.letters.rank.get(name, 0)
    bold, transposed = (name, r) in letters.bold, (name, r) in letters.transposed
    if letters.axes.get(name, -1) >= r:
        return letters.axes[name]
    one = name.removesuffix(EACH)
    if one != name and (one in letters.rank or one in letters.vectors):
        return max(r, 1 + axes_of(world, one))
    if r == 1 and name in letters.stacks | (letters.vectors & letters.sampled):
        return 2
    if r:
        return r + (
            (transposed and r < 2) or (bold and name[0].islower() and is_vector_for_each(world, name))
        )
    if name in NUMBERS and not bold:
        return 0
    if name in letters.vectors:
        return 1
    if is_matrix(name) and not is_made_of_small_letters(world, name):
        return 2
    if bold:
        return 1
    if transposed or name in letters.vectors:
        return 1 if world.choose("letters with a transpose", "vectors", "matrices") == "vectors" else 2
    asked = "small letters beside bold ones" if letters.has_bold_vectors else "small letters"
    return {"vectors": 1, "numbers": 0, "matrices": 2}[world.choose(asked, *CHOICES[asked])]


def is_made_of_small_letters(world: Quantities, name: str) -> bool:
    """C of C_t = f_t C_{t-1} + i_t \\tilde{C}_t: what it begins with is as large as f and i are."""
    rights = [d.right for d in world.room.definitions.get(name, [])]
    others = {x.name for right in rights for x in bases(right) if not x.name.startswith(name)}
    return bool(others) and all(x.islower() for x in others)


def is_vector_for_each(world: Quantities, name: str) -> bool:
    """Is a bold letter with an index a vector, or an entry?"""
    return world.choose(f"bold {name} with an index", "vector", "entry") == "vector"


def is_matrix(name: str) -> bool:
    """Is a letter a capital, perhaps with an accent or a number?"""
    name = name.rstrip("0123456789")
    for accent in ("hat", "tilde", "bar", "dot"):
        name = name.removesuffix(accent) or name
    return (len(name) == 1 and name.isupper()) or name in MATRICES


def seed_of(text: str) -> int:
    """The same number for the same text, in every process."""
    h = 0
    for c in text:
        h = (h * 131 + ord(c)) % 1_000_003
    return h
