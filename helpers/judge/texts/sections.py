"""Which definitions hold where: the sections of a text, and what each statement defines."""

import re
from dataclasses import dataclass, field

from helpers.compare.readings.functions import put
from helpers.compare.readings.room import Definition
from helpers.judge.texts.solutions import SOLVED, Equations
from helpers.read.claims.asking import bases, function_name, is_delta, names_in
from helpers.read.claims.letters import Letters, indices_of
from helpers.read.claims.parts import Part, Statement
from helpers.read.claims.samples import EACH
from helpers.read.claims.trees import Applied, Derivative
from helpers.read.definitions.syntax import Call, Entry, Letter, Minus, Node, Number, Plus, walk

NOISE = {"epsilon", "varepsilon", "eps", "xi"}
ARRAY = 3
"""From so many axes on an array is no matrix."""


@dataclass
class Section:
    """The definitions that are visible in a stretch of the text, and its statements."""

    definitions: dict[str, list[Definition]]
    functions: dict[str, tuple[Node, Node]]
    statements: list[Statement]
    own: set[str]
    broken: dict[str, str]
    equations: Equations = field(default_factory=Equations)
    before: list[Statement] = field(default_factory=list)
    """The statements of the sections before it."""


def sections_of(letters: Letters, statements: list[Statement]) -> list[Section]:
    """Headings part sections, and so does a letter that is defined again from other letters."""
    out: list[Section] = []
    last, inherited, functions = None, {}, {}
    seen: set[str] = set()
    solving = re.search(SOLVED, letters.words) is not None
    for s in statements:
        if is_of_indices(letters, s):
            continue
        d = defined_by(letters, s)
        new = not out or s.section != last
        if isinstance(d, Definition) and not new and is_another(out[-1], d):
            new = True
        if isinstance(d, tuple) and not new and takes_another(out[-1], *d):
            new = True
        if new:
            before = [*out[-1].before, *out[-1].statements] if out else []
            out.append(Section(dict(inherited), dict(functions), [], set(), {}, before=before))
            last = s.section
        here = out[-1]
        here.statements.append(s)
        here.equations.note(s, letters, solving)
        if s.solves:
            continue
        if isinstance(d, Definition):
            note_definition(here, inherited, s, d)
            functions.update(here.functions)
        elif d is not None:
            name, function = d
            if name not in here.own:
                here.functions[name] = functions[name] = function
                here.definitions.pop(name, None)
                inherited.pop(name, None)
                here.own.add(name)
                s.defines = True
        note_broken(here, s)
        note_delta(here, inherited, letters, s)
        note_name(here, inherited, letters, s, seen)
        if len(s.parts) > 1:
            seen |= {name for p in s.parts if p.node is not None for name in names_in(p.node)}
            seen |= {
                letters.slots(n).key for p in s.parts if p.node for n in walk(p.node) if isinstance(n, Letter)
            }
    return out


def is_another(section: Section, d: Definition) -> bool:
    """Is a letter defined a second time, from letters that its first definition does not have?"""
    if d.key[0] not in section.own or d.derives or is_unfolded(section, d):
        return False
    before = [o for o in section.definitions.get(d.key[0], []) if o.key[1] == d.key[1]]
    return bool(before) and not names_in(before[-1].right) & names_in(d.right)


def takes_another(section: Section, name: str, function: tuple[Node, Node]) -> bool:
    """Is a function defined a second time, of another letter, or from letters that its first definition has not?"""
    before = section.functions.get(name)
    if name not in section.own or before is None:
        return False
    (x, first), (y, second) = before, function
    if isinstance(x, Letter) and isinstance(y, Letter) and x.name != y.name:
        return True
    if derives(first) or derives(second):
        return False
    others, own = (made_of(section, tree) - names_in(z) for z, tree in ((x, first), (y, second)))
    return bool(others | own) and not others & own


def made_of(section: Section, tree: Node) -> set[str]:
    """The letters of a formula, those of their definitions, and so on."""
    found, todo = set[str](), names_in(tree)
    while todo:
        found |= todo
        trees = [d.right for name in todo for d in section.definitions.get(name, [])]
        trees += [section.functions[name][1] for name in todo if name in section.functions]
        todo = {name for right in trees for name in names_in(right)} - found
    return found


def note_definition(here: Section, inherited: dict, s: Statement, d: Definition) -> None:
    """A new letter, or a new layer of one, is defined; anything else is a claim."""
    name, fresh = d.key[0], d.key[0] not in here.own
    if is_unfolded(here, d):
        return
    if not fresh and any(o.key[1] == d.key[1] for o in here.definitions.get(name, ())):
        return
    if not fresh and (d.derives or name == "delta") and not d.letters.units:
        return
    if is_told_by_derivative(here, d):
        return
    before = here.definitions.get(name, [])
    if s.parts[0].node is d.left:
        d.others = [p.node for p in s.parts[2:] if p.node is not None and not derives(p.node)][:2]
    here.definitions[name] = [*[o for o in before if not (fresh and alike(o, d))], d]
    here.own.add(name)
    s.defines = True
    inherited[name] = here.definitions[name]
    note_alias(here, inherited, s, d)


def is_unfolded(section: Section, d: Definition) -> bool:
    """Y = W X of a Y_{cij} with three axes or more: the array unfolded, which is another letter."""
    return not d.indices and any(
        len(o.indices) >= ARRAY and o.key[1] == d.key[1] for o in section.definitions.get(d.key[0], [])
    )


def is_told_by_derivative(here: Section, d: Definition) -> bool:
    """Is this what δ^{(l)} := ∂C/∂z^{(l)} is in one layer? Then it is a claim."""
    if d.key[0] != "delta" or not d.key[1] or d.letters.units or isinstance(d.right, Derivative):
        return False
    general = [o for o in here.definitions.get("delta", []) if o.derives and len(o.key[1]) == len(d.key[1])]
    general = [o for o in general if any(base_of(s) in d.letters.steps for _, s in o.key[1])]
    return any(isinstance(o.right, Derivative) or not d.derives for o in general)


def note_alias(here: Section, inherited: dict, s: Statement, d: Definition) -> None:
    """o = a = f(z) defines a too, and o = f(z) = e^z defines f, if nothing else has."""
    a = d.right
    if isinstance(a, Applied) and not a.primes and isinstance(z := a.argument, Letter) and d.others:
        name, bare = function_name(a.function), Letter(z.place, z.name)
        if name not in here.functions and not any(isinstance(n, Applied) for n in walk(d.others[0])):
            here.functions[name] = bare, put(d.others[0], z, bare)
            s.parts[2].names = True
        return
    if not isinstance(a, Letter) or not d.others or isinstance(d.others[0], Letter):
        return
    alias, known = Definition(a, d.others[0], d.letters, d.others[1:]), here.definitions.get(a.name, [])
    if any(alike(o, alias) for o in known) or d.letters.is_loss(a) or d.letters.is_size(a):
        return
    if alias.indices == d.indices:
        here.definitions[a.name] = inherited[a.name] = [*known, alias]
        s.parts[2].names = True


def note_broken(here: Section, s: Statement) -> None:
    """A letter whose definition could not be read has no value."""
    if len(s.parts) < 2 or s.parts[1].node is not None or s.parts[0].node is None:
        return
    left = s.parts[0].node
    if isinstance(left, Letter) and left.name not in here.definitions and not is_stack(s.parts[1].text):
        here.broken[left.name] = s.parts[1].error
    elif isinstance(left, Applied) and left.function.name not in here.functions:
        here.broken[left.function.name] = s.parts[1].error


def has_noise(right: Node) -> bool:
    """Is a bare \\epsilon added to the rest?"""
    terms = right.terms if isinstance(right, Plus) else ()
    return any(isinstance(t, Letter) and t.name.removesuffix(EACH) in NOISE for t in terms)


def is_stack(text: str) -> bool:
    """[x_1, ..., x_N] and the like: a matrix of one letter, which is as open as that letter is."""
    rows = re.sub(r"\\(?:begin|end)\s*\{[a-z*]*\}|\\in\b.*", " ", text, flags=re.S)
    bare = re.sub(r"\\[A-Za-z]+|[_^]\s*(?:\{[^{}]*\}|.)", " ", rows)
    brackets = text.lstrip().startswith((r"\begin", "[", "(", r"\left"))
    return brackets and len(set(re.findall(r"[^\W\d_]", bare))) == 1 and not re.search(r"[-+*/=]", bare)


def note_delta(here: Section, inherited: dict, letters: Letters, s: Statement) -> None:
    """∂J/∂z = p − y = δ: a derivative is given a name at the end."""
    left = s.parts[0].node
    for p in s.parts[1:]:
        new = isinstance(p.node, Letter) and p.node.name == "delta" and len(p.node.below) < 2
        known = here.definitions.get("delta", [])
        if new and isinstance(left, Derivative) and not s.defines:
            d = Definition(p.node, left, letters)
            if not any(alike(o, d) for o in known):
                here.definitions["delta"] = inherited["delta"] = [*known, d]
                p.names = True


def note_name(here: Section, inherited: dict, letters: Letters, s: Statement, seen: set) -> None:
    """y = 1 / (1 + e^{−z}) = p: a letter that stands nowhere before is a name for the sides before it."""
    *before, last = s.parts
    if len(before) < 2 or not isinstance(last.node, Letter) or before[0].node is None or last.names:
        return
    x, left = last.node, before[0].node
    others = seen | {name for p in before if p.node is not None for name in names_in(p.node)}
    another = isinstance(left, Derivative) and (left.of is None or letters.is_loss(left.of)) and x.below
    key = letters.slots(x).key
    known = (
        (key in others if another and key[1] else x.name in others)
        or x.name in letters.losses
        or letters.is_size(x)
        or x.name in letters.bound
    )
    if not known and set(letters.slots(x).indices) <= indices_of(left, letters):
        d = Definition(x, left, letters)
        known_as = [o for o in here.definitions.get(x.name, []) if o.derives]
        here.definitions[x.name] = inherited[x.name] = [*known_as, d]
        here.own.add(x.name)
        last.names = True


def alike(a: Definition, b: Definition) -> bool:
    """Are two definitions of one letter, in the same or in any layer?"""
    steps = a.letters.steps
    return len(a.key[1]) == len(b.key[1]) and all(
        x == y or (base_of(x[1]) in steps and base_of(y[1]) in steps)
        for x, y in zip(a.key[1], b.key[1], strict=True)
    )


def base_of(script: str | tuple[str, int]) -> str:
    return script[0] if isinstance(script, tuple) else script


def derives(node: Node) -> bool:
    return any(isinstance(n, Derivative) for n in walk(node))


def defined_by(letters: Letters, s: Statement) -> Definition | tuple[str, tuple[Node, Node]] | None:
    """What the first equality of a statement defines: a letter, a function, or nothing."""
    if len(s.parts) < 2 or s.parts[0].node is None:
        return None
    left = s.parts[0].node
    read = [p for p in s.parts[1:] if p.node is not None]
    if s.parts[1].node is None and read and is_stack(s.parts[1].text):
        s.parts[1:] = read  # \theta = [u_1^T v, ..., u_N^T v] = U^T v
    if s.parts[1].node is None:
        return None
    while len(s.parts) > 2 and letters.is_loss(s.parts[1].node) and s.parts[2].node is not None:
        del s.parts[1]  # J = CE(y, p) = ...: two names of the loss
    right = s.parts[1].node
    if any(isinstance(n, Letter) and "|" in n.name for n in walk(right)):
        right = next((p.node for p in s.parts[2:] if p.node is not None), right)  # p = Pr(y | x) = ...
    if len(read) > 1 and is_entry_of_open_function(letters, right):
        s.parts[1].names, right = True, read[1].node
    if (found := of_logarithm(letters, left, right)) is not None:
        return found
    if isinstance(left, Applied) and not left.primes:
        if any(isinstance(n, Applied) and n.function == left.function for n in walk(right)):
            return None  # f(−x) = 1 − f(x)
        return function_name(left.function), (left.argument, right)
    if letters.is_loss(left) and isinstance(right, Applied) and right.function.name not in letters.described:
        s.defines = True  # L = f(Y), for any f
        return None
    if not isinstance(left, Letter) or is_delta(left):
        return None
    if left in bases(right) or (isinstance(right, Number) and letters.slots(left).indices):
        return None
    indices = letters.slots(left).indices
    if len(set(indices)) < len(indices) or any(i.isdigit() for i in indices):
        return None
    if has_noise(right):
        s.defines = True  # y = w^T x + \epsilon models what y is like: it stays a target
        return None
    if is_size_or_index(letters, s.parts[0], left, right):
        return None
    return Definition(left, right, letters)


def is_entry_of_open_function(letters: Letters, right: Node) -> bool:
    r"""Is it ς(z)_c of y_c = ς(z)_c = e^{z_c} / \sum_d e^{z_d}, where nothing else says what ς is?"""
    if not isinstance(right, Entry) or not isinstance(right.of, Applied):
        return False
    name = right.of.function.name
    return name not in letters.described and not letters.is_softmax(name)


def is_of_indices(letters: Letters, s: Statement) -> bool:
    """i = j, or y_i = 1: a case, and no claim"""
    sides = [p.node for p in s.parts]
    if len(sides) == 2 and isinstance(sides[0], Letter) and sides[0].below and isinstance(sides[1], Number):
        return not s.parts[1].where and not (sides[0].name == "delta" and len(sides[0].below) == 2)
    bare = all(isinstance(n, Letter | Number) and not getattr(n, "below", ()) for n in sides)
    return bare and len(sides) > 1 and isinstance(sides[0], Letter) and sides[0].name in letters.bound


def of_logarithm(letters: Letters, left: Node, right: Node) -> Definition | None:
    """log p = ..., −log L(w) = ...: what defines a letter under a logarithm."""
    if isinstance(left, Minus):
        left, right = left.of, Minus(right.place, right)
    of = (
        left.arguments[0]
        if isinstance(left, Call) and left.name == "log" and len(left.arguments) == 1
        else None
    )
    if not isinstance(of, Letter) or of in bases(right):
        return None
    return Definition(of, Call(right.place, "exp", (right,)), letters)


def is_size_or_index(letters: Letters, part: Part, left: Letter, right: Node) -> bool:
    """i = j, i = 1"""
    return not left.below and left.name in letters.bound and isinstance(right, Letter | Number)
