"""The same lines in PyTorch: a torch.autograd.Function whose backward is the derived one."""

import ast
import textwrap
from collections.abc import Iterable

from helpers.yours.body import Body, gradient_name
from helpers.yours.docstring import docstring
from helpers.yours.python_text import imports, together
from helpers.yours.roles import check_class_name, check_written_out

SAME = (
    "exp log tanh sinh cosh sin cos sign abs sqrt einsum broadcast_to where isnan square log1p expm1 cumsum"
)
LIKE = {"zeros": "new_zeros", "ones": "new_ones", "full": "new_full", "empty": "new_empty"}
CONSTANTS = {"pi": "torch.pi", "e": "torch.e", "inf": "torch.inf", "nan": "torch.nan", "newaxis": "None"}
LINALG = "inv", "det", "slogdet"
METHODS = {"transpose": "permute", "copy": "clone", "max": "amax", "min": "amin"}


def torch_source(body: Body, name: str) -> str:
    """The source of a Function with `apply(X, W, b)`: inputs, then parameters, then numbers.

    Raises NotImplementedError for NumPy that has no twin in PyTorch here.
    """
    check_written_out(body.chain)
    check_class_name(name)
    arrays = [*body.inputs, *body.parameters]
    given = [*arrays, *body.constants]
    dY, given_up = body.upstream, ["None"] * len(body.constants)
    forward = [in_torch(line, body.first_float, body.numbers) for line in body.forward]
    backward = [in_torch(line, dY, body.numbers) for line in body.backward]
    kept = [*body.kept, *body.read_by(body.backward, body.parameters)]
    constants = body.read_by(body.backward, body.constants)
    loss = f"{dY} * " if body.roles.is_loss else ""
    gradients = [*map(gradient_name, (*body.roles.inputs, *body.roles.parameters))]
    returned = [f"{loss}{name}" if name in body.gradients else "None" for name in gradients] + given_up
    read = [*together(kept, ["ctx.saved_tensors"]), *together(constants, [f"ctx.{c}" for c in constants])]
    if len(kept) == 1:
        read[0] = f"({kept[0]},) = ctx.saved_tensors"
    keep = [f"ctx.save_for_backward({', '.join(kept)})"] if kept else []
    keep += [f"ctx.{c} = {c}" for c in constants]
    parts = [
        docstring(body.roles, body.gradients),
        static("forward", given, [*forward, *keep, f"return {body.output}"]),
        static("backward", [dY], [*read, *backward, f"return {', '.join(returned)}"]),
    ]
    inside = textwrap.indent("\n\n".join(parts), "    ")
    text = f"class {name}Function(torch.autograd.Function):\n{inside}\n"
    return f"{imports(text)}\n\n\n{text}"


def static(name: str, arguments: list[str], lines: list[str]) -> str:
    head = f"@staticmethod\ndef {name}({', '.join(['ctx', *arguments])}):\n"
    return head + textwrap.indent("\n".join(lines), "    ")


def in_torch(line: str, like: str, numbers: Iterable[str] = ()) -> str:
    """A statement of NumPy as one of PyTorch; new arrays are made like one that is given.

    `numbers` are the names that are no arrays: sizes, and the numbers that one chooses.
    """
    return ast.unparse(ast.fix_missing_locations(Torch(like, numbers).visit(ast.parse(line))))


class Torch(ast.NodeTransformer):
    """Rewrites the NumPy that the derivations write, and refuses all other."""

    def __init__(self, like: str, numbers: Iterable[str] = ()) -> None:
        self.like, self.numbers = like, {*numbers, "torch"}

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node.func:
            case ast.Attribute(value=ast.Name(id="np"), attr=name):
                return self.function(name, node)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="np"), attr="linalg"), attr=name) if (
                name in LINALG
            ):
                return expression(f"torch.linalg.{name}({{0}})", *self.all(node.args))
            case ast.Name(id="erf"):
                return expression("torch.erf({0})", *self.all(node.args))
            case ast.Attribute(value=value, attr=name) if name in METHODS:
                args = [*map(ast.unparse, self.all(node.args))]
                if name in ("max", "min") and node.keywords:
                    args += ["keepdim=True"]
                return expression(f"{{0}}.{METHODS[name]}({', '.join(args)})", self.visit(value))
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        """keepdims as PyTorch spells it."""
        return ast.keyword(
            {"keepdims": "keepdim", "axis": "dim"}.get(node.arg, node.arg), self.visit(node.value)
        )

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if name in CONSTANTS:
                return expression(CONSTANTS[name])
        return self.generic_visit(node)

    def all(self, nodes: list[ast.expr]) -> list[ast.expr]:
        return [self.visit(node) for node in nodes]

    def function(self, name: str, node: ast.Call) -> ast.expr:
        args = self.all(node.args)
        if name in LIKE:
            args = args[: 2 if name == "full" else 1]  # the dtype is that of the array that it is made like
            return expression(f"{self.like}.{LIKE[name]}({', '.join(map(ast.unparse, args))})")
        if name == "einsum":
            return expression(f"torch.einsum({', '.join(map(ast.unparse, args))})")
        if name == "sqrt" and self.is_number(args[0]):
            return expression("({0}) ** 0.5" if isinstance(args[0], ast.BinOp) else "{0} ** 0.5", args[0])
        if name in SAME.split() and not node.keywords:
            if name == "broadcast_to":
                args[0] = self.tensor(args[0])
            elif name != "where":
                args = [self.tensor(a) for a in args]
            return expression(f"torch.{name}({', '.join(map(ast.unparse, args))})")
        if name in ("maximum", "minimum", "heaviside"):
            return expression(f"torch.{name}({', '.join(ast.unparse(self.tensor(a)) for a in args)})")
        if name == "eye":
            sizes = ", ".join(map(ast.unparse, args))
            return expression(f"torch.eye({sizes}, dtype={self.like}.dtype, device={self.like}.device)")
        if name == "arange":
            return expression(f"torch.arange({', '.join(map(ast.unparse, args))}, device={self.like}.device)")
        raise NotImplementedError(f"np.{name} has no twin in PyTorch here")

    def tensor(self, e: ast.expr) -> ast.expr:
        """A number as a tensor: PyTorch's functions take no other."""
        return expression(f"{self.like}.new_tensor({ast.unparse(e)})") if self.is_number(e) else e

    def is_number(self, e: ast.expr) -> bool:
        """Whether it is made of numbers alone: 2, d, 1 / S, pi."""
        nodes = list(ast.walk(e))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        return names <= self.numbers and not any(isinstance(node, ast.Call) for node in nodes)


def expression(template: str, *parts: ast.expr) -> ast.expr:
    return ast.parse(template.format(*map(ast.unparse, parts)), mode="eval").body
