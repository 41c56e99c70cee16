"""What each letter of a text is: which scripts are indices, layers or parts of its name; how many axes it has."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Set
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from helpers.read.claims.asking import (
    SIZE_LETTERS,
    bases,
    behind_matrices,
    factors,
    inner_vectors,
    is_capital,
    is_delta,
    is_mean,
    is_named,
    is_small,
    is_small_letter,
    names_in,
    raised_behind,
    renamed,
    size_name,
    squares_in,
)
from helpers.read.claims.numbered import entries, numbered_entries, singled_out
from helpers.read.claims.parts import Statement, Text
from helpers.read.claims.repeated import leaves_sums_out
from helpers.read.claims.samples import EACH, SAMPLE, both_ways, has_sample, named_apart
from helpers.read.claims.stacked import product_with_stack
from helpers.read.claims.times import TOPS, Script, base_of, script, steps_in
from helpers.read.claims.trees import Applied, Derivative, Differential
from helpers.read.claims.windows import beside_an_index, letters_in, window
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import (
    Call,
    Compared,
    Entry,
    Letter,
    Node,
    Number,
    Over,
    Power,
    Times,
    Total,
    Transposed,
    parts,
    walk,
)

STATED = (
    (
        "samples",
        "columns",
        r"(?:sample|example|data ?point|observation)s? (?:in|is|are|as) (?:each |a |the |its )?columns?",
    ),
    (
        "samples",
        "columns",
        r"each column (?:of \w+ )?(?:is|holds|contains) (?:a|one|an) (?:sample|example|data ?point)",
    ),
    ("targets", "one-hot", r"one[- ]hot"),
)
"""What words say of a convention: a choice, its option, and how it is said."""
STEPS = ("t", "l", "ell", "L", "i")
"""Letters that are no power where they stand above: a time, a layer, a sample."""
EINSTEIN = r"einstein|summation convention|repeated ind|summed[- ]over"
POINT = "#"
"""The index of the points at which a function of the text is derived."""
TWO_INDICES = ("in", "pi", "mu", "nu", "xi")
"""What is a word or a Greek letter on a keyboard, and may be two indices."""
NUMBERS = {"lambda", "epsilon", "varepsilon", "eta", "alpha", "eps"}
Key = tuple[str, tuple[tuple[str, Script | int], ...]]


@dataclass(frozen=True)
class Slots:
    """A letter with its indices and its key: its name with those scripts that belong to it."""

    indices: tuple[str, ...]
    key: Key


class Letters:
    """Decided once, over the whole text."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.words = text.words.lower()
        self.sigmoid = bool(re.search(r"sigm[oó]i|log[ií]sti|逻辑回归|邏輯迴歸|\blstm|\bgru\b", self.words))
        self.symmetric = bool(re.search(r"s[iíy]mm?[eéè]tri|对称|對稱", self.words))
        self.stated = {name: option for name, option, words in STATED if re.search(words, self.words)}
        """The choices that the text itself makes, in words."""
        self.layouts = bool(re.search(r"layout|convention", self.words))
        """Does the text speak of several layouts?"""
        self.both_ways = all(re.search(rf"{way}[- ]?wise", self.words) for way in ("rows?", "columns?"))
        """Does it show rows and columns side by side?"""
        self.constants = bool(
            re.search(r"constant|fixed|independent of|(?:do|does) ?n[o']t (?:change|vary|depend)", self.words)
        )
        if text.notation.differentials:
            self.stated["d"] = "differential"
        self.sums_left_out = re.search(EINSTEIN, self.words) is not None
        """Does the text say that an index that stands twice is summed over?"""
        sides = [p for s in text.statements for p in s.parts if p.node is not None]
        self.squares = squares_in([p.node for s in text.statements for p in s.parts[:1] if p.node], sides)
        self.losses = {*text.notation.losses, "loss"}
        self.rooted = only_under_roots([p.node for p in sides])
        """The sizes that stand under a root alone, d of \\sqrt{d_k}: what is below belongs to the name."""
        self.summed = {b.letter for p in sides for n in walk(p.node) if isinstance(n, Total) for b in n.bound}
        self.described = {
            p.node.function.name
            for s in text.statements
            for p in s.parts[:1]
            if isinstance(p.node, Applied) and not p.node.primes
        } | {"sigma"}
        """The functions that the text, or everybody, knows."""
        powers = [
            n for p in sides for n in walk(p.node) if isinstance(n, Power) and isinstance(n.base, Letter)
        ]
        self.timed = {n.base.name for n in powers if base_of(script(n.exponent) or "") == "t"}
        """The letters with a time above: h of h^{t-1}; h^0 is no power then."""
        self.above = {e for n in powers if is_capital(n.base.name) and is_capital(e := script(n.exponent))}
        """Capitals above capitals, Q of W^Q: a part of the name, as no matrix is a power."""
        self.units = False
        """Do index letters tell layers apart, a_j of the hidden units and a_k of the outputs?"""
        self.found: dict[tuple[str, int], tuple[Node, Any]] = {}
        self.bound: set[str] = set()
        self.steps: set[str] = set()
        self.sampled: set[str] = set()
        self.singled_out: set[str] = set()
        """The letters that a number stands below in the place of an index, w_0 beside w_j."""
        self.numbered: dict[str, int] = {}
        """The letters whose numbers below are entries, w_{12} beside w_{ij}, and how many indices each has."""
        self.layered: set[str] = set()
        """The letters with a layer and a sample above, a of a^{[2](i)}."""
        self.stacks: set[str] = set()
        """The matrices that hold samples side by side, A where the text has A^{(i)} too."""
        self.rank: dict[str, int] = {}
        for p in sides:
            p.node = self.normal(p.node)
        self.explained = any(map(is_explained, text.statements))
        """Does the text say what its short gradients are, dZ = ∂J/∂Z?"""
        nodes = [n for p in sides for n in walk(p.node)]
        called = {n.name for n in nodes if isinstance(n, Call)}
        called |= {n.function.name for n in nodes if isinstance(n, Applied)}
        self.sigmoid |= bool(called & {"tanh", "sigmoid", "silu"})
        self.gaussian = "gelu" in called or bool(
            re.search(r"gelu\b|gaussian|normal distribution", self.words)
        )
        self.losses -= defined_otherwise(text, self.losses)
        self.classify([p.node for p in sides])
        self.per_sample = both_ways([n for p in sides for n in walk(p.node)], self.bound, self.losses)
        """The letters that stand with the superscript of a sample, where some stand without it too."""
        if self.per_sample:
            for p in sides:
                p.node = named_apart(p.node, self.per_sample, self.bound)
            self.rank = {}
            self.bound.add(SAMPLE)
            self.classify([p.node for p in sides])
        same, samples = self.written_small(), self.samples_small()
        if same or samples:
            for p in sides:
                p.node = renamed(p.node, same, samples)
            self.classify([p.node for p in sides])
        self.einstein = self.sums_left_out or leaves_sums_out(text.statements, self)
        """May an index that stands twice be summed over, because the text says so or does so?"""
        self.axes = dict(map(self.with_indices, text.axes))
        """How many axes a letter has, where the text says it; each of its indices is one."""

    def normal(self, node: Node) -> Node:
        """σ², x^t as letters; ∂L/∂x typed with a slash, and dW where it is a gradient, as derivatives."""
        node = rebuilt(product_with_stack(raised_behind(node)), self.normal)
        match node:
            case Power(base=Differential(sign="d", of=Letter() as x)) if x.name in self.squares:
                return Derivative(node.place, None, replace(x, name=x.name + "²"), short=True)
            case Power(base=Derivative(of=None, short=True, by=Letter() as x)) if x.name in self.squares:
                return Derivative(node.place, None, replace(x, name=x.name + "²"), short=True)
            case Power(base=Letter() as x, exponent=Number(text="2")) if (
                x.name in self.squares and not node.entrywise
            ):
                return replace(x, name=x.name + "²")
            case Power(base=Letter() as x, exponent=above) if not x.above:
                above_it = script(above)
                base = above_it[0] if isinstance(above_it, tuple) else above_it
                if isinstance(above_it, str) and above_it in self.summed and x.below:
                    return replace(x, above=(above,))
                if base in STEPS and (base != "i" or isinstance(above_it, str)):
                    return replace(x, above=(above,))
                if above_it in self.above or (
                    x.name in self.timed and (above_it == "0" or base in self.summed)
                ):
                    return replace(x, above=(above,))
            case Call(name="trace"):
                return rebuilt(node, multiplied)
            case Over(top=Differential() as a, bottom=Differential() as b):
                return Derivative(node.place, a.of, b.of)
            case Differential(sign="d") if not (isinstance(node.of, Letter) and node.of.name in self.losses):
                return Derivative(node.place, None, node.of, short=True)
            case Times(left=Over(bottom=Letter() as n), right=Total() as total) if is_mean(n, total):
                return replace(node, right=replace(total, bound=(replace(total.bound[0], upto=n),)))
        return node

    def with_indices(self, said: tuple[Letter, int]) -> tuple[str, int]:
        """How many axes a letter has in all, of which so much is said beside its indices."""
        x = named_apart(self.normal(said[0]), self.per_sample, self.bound)
        return x.name, said[1] + len(self.slots(x).indices)

    def written_small(self) -> dict[str, str]:
        """X for x, where the text has X as a whole and x_{ij} for its entries."""
        two = {name for name, r in self.rank.items() if r == 2 and is_small(name)}
        whole = {name for name, r in self.rank.items() if r == 0 and len(name) == 1 and name.isupper()}
        return {x: x.upper() for x in two if x.upper() in whole - self.losses - self.bounds}

    def samples_small(self) -> dict[str, str]:
        """A for a, where the text says what A is, and has a^{(i)} for its samples."""
        lefts = {s.parts[0].node.name for s in self.text.statements if isinstance(s.parts[0].node, Letter)}
        return {x: x.upper() for x in self.only_sampled - lefts if x.upper() in lefts - self.losses}

    def classify(self, trees: list[Node]) -> None:
        nodes = [n for tree in trees for n in walk(tree)]
        below: dict[str, set[tuple]] = {}
        own = {n.name for tree in trees for n in bases(tree)}
        for n in nodes:
            if isinstance(n, Total):
                self.bound |= {b.letter for b in n.bound}
            elif isinstance(n, Entry):
                self.bound |= {
                    s for a in n.at if a is not None and isinstance(s := script(a), str) and is_small(s)
                }
            elif isinstance(n, Letter):
                below.setdefault(n.name, set()).add(tuple(map(script, n.below)))
                if is_delta(n):
                    self.bound |= {s for s in map(script, n.below) if isinstance(s, str) and s.isalpha()}
        made = {n.name for tree in trees if not isinstance(tree, Letter) for n in bases(tree)} - self.bound
        for name, subs in below.items():
            subs = {sub for sub in subs if not is_named(sub, subs, made)}
            small = {s for sub in subs for s in sub if isinstance(s, str) and is_small(s)}
            if () in subs and name not in self.losses:
                self.bound |= {s for sub in subs if len(sub) == 1 for s in sub if s in set("ijkmnpqrs")}
            typed = [sub for sub in subs if all(isinstance(s, str) and is_small(s) for s in sub)]
            pairs = any(len(sub) == 2 or (len(sub) > 2 and not own.intersection(sub)) for sub in typed)
            if (len(small) > 1 and not is_capital(name)) or pairs:
                self.bound |= small - own if not pairs else small
        self.bound |= {
            x.name
            for n in nodes
            if isinstance(n, Compared) and n.sign in "=≠"
            for x in (n.left, n.right)
            if isinstance(x, Letter)
            and is_small(x.name)
            and isinstance(n.left, Letter)
            and isinstance(n.right, Letter)
        }
        self.bound |= {i for n in nodes if isinstance(n, Letter) for i in beside_an_index(n, self.bound)}
        found = steps_in(nodes, self.bound)
        self.steps, self.tops, self.shifted = set(found.letters), set(found.tops), found.shifted
        self.bound -= self.steps
        self.sampled = {
            n.name for n in nodes if isinstance(n, Letter) for s in map(script, n.above) if s in self.bound
        }
        self.numbered = numbered_entries(below, self.bound, self.text.statements)
        self.singled_out = singled_out(below, self.bound)
        self.layered = {n.name for n in nodes if isinstance(n, Letter) and len(n.above) > 1}
        self.only_sampled = {x for x in self.sampled if is_small(x)} - {
            n.name for n in nodes if isinstance(n, Letter) and not has_sample(n, self.bound)
        }
        self.found = {}
        whole = {n.name for n in nodes if isinstance(n, Letter) and not self.slots(n).indices}
        self.stacks = {x for x in self.sampled & whole if len(x) == 1 and x.isupper()}
        for n in nodes:
            if isinstance(n, Letter):
                self.rank[n.name] = max(self.rank.get(n.name, 0), len(self.slots(n).indices))
        self.roles(nodes)

    def roles(self, nodes: list[Node]) -> None:
        """Which letters stand under a logarithm, which before one, which are transposed, which are sizes."""
        self.positive, self.targets, self.transposed, self.vectors = set(), set(), set(), set()
        self.below_bar, self.bounds, self.never_sizes = set(), set(), set()
        typed = {(n.name, len(self.slots(n).indices), n.bold) for n in nodes if isinstance(n, Letter)}
        self.bold = {(name, r) for name, r, bold in typed if bold and (name, r, False) not in typed}
        """The letters that are only typed bold, with so many indices."""
        self.has_bold_vectors = any(name.islower() for name, _ in self.bold)
        self.ranges: dict[str, set[tuple[Node | None, Node | None]]] = {}
        """From where to where the sums over a letter run."""
        self.vectors: set[str] = set()
        """The small letters of an inner product, w and x of w^T x."""
        for n in nodes:
            match n:
                case Call(name="log"):
                    self.positive |= names_in(n)
                case Times():
                    fs = factors(n)
                    if any(isinstance(f, Transposed) and is_small_letter(f.of) for _, f in fs):
                        self.vectors |= {f.name for _, f in fs if is_small_letter(f)}
                    if any(isinstance(f, Call) and f.name == "log" for _, f in fs):
                        self.targets |= {f.name for _, f in fs if isinstance(f, Letter)}
                    self.vectors |= inner_vectors([f for _, f in fs])
                    self.vectors |= {
                        x for x in behind_matrices([f for _, f in fs]) if {x, x + EACH} & self.sampled
                    }
                case Transposed(of=Letter() as x):
                    self.transposed.add((x.name, len(self.slots(x).indices)))
                    self.never_sizes.add(x.name)
                case Over():
                    self.below_bar |= names_in(n.bottom)
                case Total():
                    for b in n.bound:
                        self.ranges.setdefault(b.letter, set()).add((b.start, b.upto))
                    self.bounds |= {size_name(b.upto) for b in n.bound if isinstance(b.upto, Letter)}
                case Derivative():
                    self.never_sizes |= names_in(n.by)
        self.never_sizes |= self.targets

    def named(self, whole: str) -> str:
        """Where a family may be named: the headings, a declared question, or the words of a text without headings."""
        declared = " ".join(re.findall(r"question:\s*\w+", whole))
        return f"{self.text.headings or self.text.words} {declared}"

    def by_units(self) -> "Letters":
        """The same, where the index letters tell layers apart."""
        other = self.copy()
        other.units = True
        return other

    def copy(self) -> "Letters":
        """The same, to learn more."""
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, set | dict):
                setattr(other, name, value.copy())
        other.found = {}
        return other

    def learn(self, n: Node, names: Set[str] = frozenset()) -> None:
        """The indices and sizes in a node of a formula that the text only names; W_f is named after a letter f."""
        if isinstance(n, Total):
            self.bounds |= {size_name(b.upto) for b in n.bound if isinstance(b.upto, Letter)}
        if not isinstance(n, Letter):
            return
        below, above = [script(s) for s in n.below], [script(s) for s in n.above]
        self.bound |= {s for s in below if isinstance(s, str) and is_small(s)} - self.steps - names
        steps = {s[0] if isinstance(s, tuple) else s for s in above if s}
        self.steps |= {s for s in steps if not s.isdigit()} - self.bound
        self.tops |= self.steps & {*TOPS}
        self.found = {}
        self.rank[n.name] = max(self.rank.get(n.name, 0), len(self.slots(n).indices))

    def is_size(self, x: Letter) -> bool:
        """N of 1/N: a letter that bounds a sum, or a usual one that stands only below a bar."""
        name = size_name(x)
        if name in self.bounds:
            return True
        usual = x.name in SIZE_LETTERS and not self.slots(x).indices
        return (
            usual
            and x.name in self.below_bar
            and x.name not in self.never_sizes
            and not self.rank.get(x.name)
        )

    def is_loss(self, x: Node | None) -> bool:
        return isinstance(x, Letter) and x.name in self.losses and not self.slots(x).indices

    @property
    def only_sigmoid(self) -> bool:
        r"""Do the words name the sigmoid, and no softmax that \sigma may be?"""
        return self.sigmoid and "softmax" not in self.words

    def is_softmax(self, name: str) -> bool:
        """Is a letter before brackets the softmax of this text?"""
        named = "softmax" in self.words
        return named and (name in ("S", "psi") or (name == "sigma" and not self.sigmoid))

    def indexed(self, tree: Node) -> tuple[Slots, ...]:
        """The letters of a tree that have indices, each once."""
        return self.remembered("indexed", tree, self.find_indexed)

    def remembered(self, what: str, node: Node, find: Callable[[Node], Any]) -> Any:
        """What is asked of a node, found once; what is learnt of a letter later makes it forgotten."""
        asked = what, id(node)
        if asked not in self.found:
            self.found[asked] = node, find(node)
        return self.found[asked][1]

    def find_indexed(self, tree: Node) -> tuple[Slots, ...]:
        found = (self.slots(n) for n in walk(tree) if isinstance(n, Letter) and not is_delta(n))
        return tuple(s for s in dict.fromkeys(found) if s.indices)

    def slots(self, x: Letter) -> Slots:
        """Its indices, samples first, and its key."""
        return self.remembered("slots", x, self.find_slots)

    def find_slots(self, x: Letter) -> Slots:
        indices, label = [], []
        if x.name in self.numbered and x.below and all(isinstance(s, Number) for s in x.below):
            numbers = entries(tuple(s.text for s in x.below), self.numbered[x.name])
            above = self.slots(replace(x, below=()))
            return Slots((*above.indices, *numbers), above.key)
        for kind, scripts in (("^", x.above), ("_", x.below)):
            for item in scripts:
                s = script(item)
                if s is None and (moving := window(item, self.bound)) is not None:
                    indices.append(moving)
                elif s is None:
                    label.append((kind, "…"))
                elif (
                    isinstance(s, tuple)
                    or s in self.steps
                    or (kind == "^" and s.isdigit() and self.steps)
                    or (x.name in self.rooted and kind == "_")
                ):
                    label.append((kind, s))
                elif s in TWO_INDICES and {*s} <= self.bound:
                    indices += s
                elif s == POINT or s in self.bound or (kind == "^" and self.is_numbered_sample(x, s)):
                    indices.append(s)
                else:
                    label.append((kind, s))
        if self.units and indices and all(i.strip("'").isalpha() for i in indices):
            indices.sort()
            label.append(("unit", "".join(i.strip("'") for i in indices)))
        return Slots(tuple(indices), (x.name, tuple(label)))

    def is_numbered_sample(self, x: Letter, s: str) -> bool:
        """Is the 2 of x^{(2)} a sample? Not in a^{[2](i)}."""
        return s.isdigit() and x.name in self.sampled - self.layered


def only_under_roots(trees: list[Node]) -> set[str]:
    """The usual letters of sizes that stand nowhere but under a root."""
    all_of_them = Counter(n.name for tree in trees for n in walk(tree) if isinstance(n, Letter))
    roots = (n.arguments[0] for tree in trees for n in walk(tree) if isinstance(n, Call) and n.name == "sqrt")
    under = Counter(root.name for root in roots if isinstance(root, Letter) and len(root.below) == 1)
    return {name for name, n in under.items() if n == all_of_them[name] and name in SIZE_LETTERS}


def multiplied(node: Node) -> Node:
    """X X for the X² of a trace."""
    node = rebuilt(node, multiplied)
    if (
        isinstance(node, Power)
        and isinstance(node.base, Letter)
        and getattr(node.exponent, "text", "") == "2"
    ):
        return Times(node.place, node.base, "", node.base)
    return node


def defined_otherwise(text: Text, losses: set[str]) -> set[str]:
    """Usual letters of a loss that the text defines and never derives, beside one that it derives: C_t of an LSTM."""
    derived = {
        n.of.name
        for s in text.statements
        for p in s.parts
        if p.node is not None
        for n in walk(p.node)
        if isinstance(n, Derivative) and isinstance(n.of, Letter)
    }
    lefts = [(s.parts[0].node, s.parts[1:2]) for s in text.statements if isinstance(s.parts[0].node, Letter)]
    defined = {x.name for x, _ in lefts}
    others = (losses & defined) - derived if losses & derived else set()
    return others | {x.name for x, rights in lefts for p in rights if p.node and goes_on(x, p.node)}


def goes_on(x: Letter, right: Node) -> bool:
    """Is a letter made of itself at another time, C_t of C_{t-1}? A loss is not."""
    scripts = [script(s) for s in (*x.below, *x.above)]
    own = (n for n in walk(right) if isinstance(n, Letter) and n.name == x.name)
    return scripts == ["t"] and any(("t", -1) in map(script, (*n.below, *n.above)) for n in own)


def indices_of(node: Node, letters: Letters) -> frozenset[str]:
    """The free indices of a tree."""
    return letters.remembered("indices", node, lambda tree: find_indices(tree, letters))


def find_indices(node: Node, letters: Letters) -> frozenset[str]:
    found, bound = set(), set()
    for n in outside_of_bare_sums(node):
        if isinstance(n, Letter):
            slots = letters.slots(n)
            found |= {i for index in slots.indices for i in letters_in(index)}
            if is_delta(n):
                found |= {s for s in map(script, n.below) if isinstance(s, str) and s.isalpha()}
        elif isinstance(n, Total):
            bound |= {b.letter for b in n.bound}
        elif isinstance(n, Entry):
            found |= {s for a in n.at if a is not None and isinstance(s := script(a), str) and s.isalpha()}
        elif isinstance(n, Compared) and n.sign in "=≠":
            found |= {x.name for x in (n.left, n.right) if isinstance(x, Letter) and x.name in letters.bound}
    return frozenset(found - bound)


def outside_of_bare_sums(node: Node) -> Iterator[Node]:
    r"""The parts of a tree, but for what is under a \sum that names no index: it sums over what is free only there."""
    yield node
    if not (isinstance(node, Total) and not node.bound):
        for part in parts(node):
            yield from outside_of_bare_sums(part)


def is_explained(statement: Statement) -> bool:
    """dZ = ∂J/∂Z: does a chain say what the short form means?"""
    sides = [p.node for p in statement.parts if isinstance(p.node, Derivative)]
    return any(a.by == b.by for a in sides for b in sides if a.short and not b.short)
