"""What a layer costs: the multiply-adds of its NumPy source and the entries that it keeps, as formulas in the sizes.

The source is read with the shapes of its arrays in the place of their numbers. A product of matrices (S, M) and (M, N)
takes S M N multiply-adds, an einsum the product of all its letters, a sum one addition for each entry under it, and all
else one operation for each entry of its result.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

from helpers.yours.body import Body, code
from helpers.yours.python_text import axes_of

Shape = tuple[sp.Expr, ...]
FREE = (
    "reshape",
    "transpose",
    "broadcast_to",
    "asarray",
    "zeros",
    "ones",
    "full",
    "empty",
    "eye",
    "arange",
    "copy",
)


@dataclass(frozen=True)
class Cost:
    """Multiply-adds in products of arrays, other operations entry by entry, and the entries kept for backward."""

    multiply_adds: sp.Expr
    backward_multiply_adds: sp.Expr
    entrywise: sp.Expr
    backward_entrywise: sp.Expr
    kept: sp.Expr
    parameters: sp.Expr


def cost_of(body: Body) -> Cost:
    """The cost of one forward and one backward pass. Raises NotImplementedError for a line that is not known here."""
    shapes = {code(t): axes_of(t) for t in (*body.roles.inputs, *body.roles.parameters)}
    forward = Count(body, dict(shapes))
    forward.lines(body.forward)
    upstream = {body.upstream: forward.shapes.get(body.output, ())}
    backward = Count(body, forward.shapes | upstream)
    backward.lines(body.backward)
    return Cost(
        forward.products,
        backward.products,
        forward.entries,
        backward.entries,
        sp.Add(*(size(forward.shapes[name]) for name in body.kept)),
        sp.Add(*(size(axes_of(t)) for t in body.roles.parameters)),
    )


def size(shape: Shape) -> sp.Expr:
    return sp.Mul(*shape)


@dataclass
class Count:
    """Reads statements, knows the shape of each name, and adds up what they take."""

    body: Body
    shapes: dict[str, Shape]
    products: sp.Expr = sp.S.Zero
    entries: sp.Expr = sp.S.Zero
    times: sp.Expr = sp.S.One  # how often the statement runs
    sizes: Mapping[str, sp.Expr] = field(init=False)

    def __post_init__(self) -> None:
        self.sizes = {code(n): n for n in (*self.body.roles.sizes, *self.body.chain.derived_sizes)}

    def lines(self, lines: list[str]) -> None:
        for line in lines:
            for node in ast.parse(line).body:
                self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                if not all(n.id in self.sizes for n in names):  # H, A = np.zeros((2, T, N))
                    self.shapes |= dict.fromkeys((n.id for n in names), self.shape(value)[1:])
            case ast.If(body=inside):
                for line in inside:
                    self.statement(line)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name not in self.sizes:
                    self.shapes[name] = self.shape(value)
            case ast.Assign(value=value) | ast.AugAssign(value=value):
                made = self.shape(value)
                if isinstance(node, ast.AugAssign):
                    self.entries += self.times * size(made)
            case ast.For(target=ast.Name(id=t), iter=steps, body=inside):
                before, self.times = self.times, self.times * self.length(steps)
                self.shapes[t] = ()
                for line in inside:
                    self.statement(line)
                self.times = before
            case _:
                raise NotImplementedError(f"{ast.unparse(node)} is not counted")

    def length(self, steps: ast.expr) -> sp.Expr:
        """How often a loop over range(T), or over it backward, runs."""
        match steps:
            case ast.Call(func=ast.Name(id="reversed"), args=[inner]):
                return self.length(inner)
            case ast.Call(func=ast.Name(id="range"), args=[end]):
                return self.value(end)
            case ast.Call(func=ast.Name(id="range"), args=[start, end]):
                return self.value(end) - self.value(start)
            case ast.Call(func=ast.Name(id="range"), args=[start, end, _]):
                return self.value(start) - self.value(end)
        raise NotImplementedError(f"{ast.unparse(steps)} is no range")

    def value(self, e: ast.expr) -> sp.Expr:
        """A size, or arithmetic of sizes."""
        names = {n.id for n in ast.walk(e) if isinstance(n, ast.Name)}
        if not names <= self.sizes.keys():
            raise NotImplementedError(f"{ast.unparse(e)} is no size")
        return sp.sympify(
            eval(compile(ast.Expression(e), "size", "eval"), {"__builtins__": {}}, dict(self.sizes))
        )

    def shape(self, e: ast.expr) -> Shape:
        """The shape of an expression; what it takes is added up."""
        match e:
            case ast.Constant():
                return ()
            case ast.Name(id=name):
                return self.shapes.get(name, ())
            case ast.Attribute(value=ast.Name(id="np")):
                return ()
            case ast.Attribute(value=value, attr="T"):
                return self.shape(value)[::-1]
            case ast.UnaryOp(operand=e) | ast.IfExp(body=e):
                return self.shape(e)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self.product(self.shape(left), self.shape(right))
            case ast.BinOp(left=left, right=right):
                return self.entrywise(self.shape(left), self.shape(right))
            case ast.Compare(left=left, comparators=others):
                return self.entrywise(self.shape(left), *map(self.shape, others))
            case ast.Subscript(value=value, slice=place):
                return self.subscript(self.shape(value), place)
            case (
                ast.Call(func=ast.Attribute(attr=name), args=args)
                | ast.Call(func=ast.Name(id=name), args=args)
            ):
                return self.call(name, e, args)
        raise NotImplementedError(f"{ast.unparse(e)} is not counted")

    def product(self, a: Shape, b: Shape) -> Shape:
        """A @ B: each entry of the result takes as many multiply-adds as the axis that is summed has."""
        if len(a) > 2 or len(b) > 2:
            lead = broadcast(a[:-2], b[:-2])
            result = (*lead, *a[-2:-1], *b[-1:])
        else:
            result = (*a[:-1], *b[1:])
        self.products += self.times * size(result) * a[-1]
        return result

    def entrywise(self, *shapes: Shape) -> Shape:
        result = broadcast(*shapes)
        if result:
            self.entries += self.times * size(result)
        return result

    def subscript(self, shape: Shape, place: ast.expr) -> Shape:
        """A[:, None], A[t], A[t - 1, :]."""
        left, result = list(shape), []
        for part in place.elts if isinstance(place, ast.Tuple) else [place]:
            match part:
                case ast.Constant(value=None):
                    result.append(sp.S.One)
                case ast.Constant(value=v) if v is Ellipsis:
                    raise NotImplementedError("... in an index is not counted")
                case ast.Slice(lower=None, upper=None, step=None):
                    result.append(left.pop(0))
                case ast.Slice():
                    raise NotImplementedError("a part of an axis is not counted")
                case _:
                    result += self.shape(part)
                    left.pop(0)
        return (*result, *left)

    def call(self, name: str, e: ast.Call, args: list[ast.expr]) -> Shape:
        options = {k.arg: k.value for k in e.keywords}
        if name in ("sum", "mean", "max", "min", "prod"):
            return self.reduced(self.shape(e.func.value), args, options)
        if name == "einsum":
            return self.einsum(args)
        if name in ("zeros", "ones", "empty", "full"):
            return self.given(args[0])
        if name == "broadcast_to":
            self.shape(args[0])
            return self.given(args[1])
        if name in ("eye", "arange"):
            return tuple(map(self.value, args)) * (2 if name == "eye" and len(args) == 1 else 1)
        if name in ("copy",):
            return self.shape(e.func.value)
        if name in ("transpose", "reshape", "sliding_window_view"):
            return self.moved(name, e, args)
        return self.entrywise(*map(self.shape, args))

    def given(self, e: ast.expr) -> Shape:
        return tuple(map(self.value, e.elts)) if isinstance(e, ast.Tuple) else (self.value(e),)

    def reduced(self, shape: Shape, args: list[ast.expr], options: dict[str, ast.expr]) -> Shape:
        """A sum over an axis, over several, or over all."""
        self.entries += self.times * size(shape)
        axis = args[0] if args else options.get("axis")
        axes = range(len(shape)) if axis is None else ast.literal_eval(axis)
        axes = {k % len(shape) for k in ([axes] if isinstance(axes, int) else axes)}
        one = (sp.S.One,) if "keepdims" in options else ()
        return tuple(n for k, s in enumerate(shape) for n in ((s,) if k not in axes else one))

    def einsum(self, args: list[ast.expr]) -> Shape:
        """All letters of an einsum run at once, but for the pairs of a longer product."""
        inputs, _, result = args[0].value.partition("->")
        letters: dict[str, sp.Expr] = {}
        for own, a in zip(inputs.split(","), args[1:], strict=False):
            letters |= dict(zip(own, self.shape(a), strict=True))
        self.products += self.times * sp.Mul(*letters.values())
        return tuple(letters[k] for k in result)

    def moved(self, name: str, e: ast.Call, args: list[ast.expr]) -> Shape:
        if name != "transpose":
            raise NotImplementedError(f"{name} is not counted")
        shape = self.shape(e.func.value)
        order = [ast.literal_eval(a) for a in args]
        order = order[0] if len(order) == 1 and isinstance(order[0], tuple) else order
        return tuple(shape[k] for k in order) if order else shape[::-1]


def broadcast(*shapes: Shape) -> Shape:
    """The shape of an operation entry by entry."""
    result: list[sp.Expr] = []
    for k in range(1, max(map(len, shapes), default=0) + 1):
        sizes = [s[-k] for s in shapes if len(s) >= k]
        result.insert(0, next((n for n in sizes if n != 1), sp.S.One))
    return tuple(result)
