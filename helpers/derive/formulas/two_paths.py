"""L = f(g(x), h(x)): a number reached on two paths, and what its second derivative is made of."""

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import L, elementwise, numbers
from helpers.derive.strategy import gradient, hessian

x, y, z = numbers("x y z")
f, g, h = elementwise("f(y, z)"), elementwise("g"), elementwise("h")


def two_paths() -> Formula:
    """L = f(y, z) with y = g(x) and z = h(x), all unknown

    ∂L/∂x   = f_y g' + f_z h'
    ∂²L/∂x² = f_yy g'² + 2 f_yz g' h' + f_zz h'² + f_y g'' + f_z h''
    """
    definitions = Definition(y, g(x)), Definition(z, h(x)), Definition(L, f(y, z))
    dx = gradient(definitions, x)
    return Formula("two paths", definitions, {"dx": dx, "dx2": hessian(definitions, x, lemmas=[dx])})
