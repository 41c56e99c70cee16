r"""Small texts of matrix calculus: vectors and their products, differentials, Hessians, equations to be solved."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def words(text: str) -> list[str]:
    """What is said of each equality, definitions left out."""
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


LEAST_SQUARES = r"$$J(u) = \|A u - c\|^2$$ $$\nabla_u J = 2 A^T (A u - c)$$" + "\n\n"
FROBENIUS = r"The colon is the Frobenius product. $$\phi = M : M, \quad M = P Q - R$$" + "\n\n"
LOGISTIC = r"$$J(w) = \sum_i \log(1 + e^{-w^T x_i}), \quad s_i = \frac{1}{1 + e^{-w^T x_i}}$$"
HESSIAN = r"\sum_i s_i (1 - s_i) x_i x_i^T$$"
QUADRATIC = r"$$\frac{\partial}{\partial \mathbf{u}} (\mathbf{u}^T M \mathbf{u}) = "

RIGHT = {
    "a product of letters that no definition has": QUADRATIC + r"(M + M^T) \mathbf{u}$$",
    "a constant": r"$$\frac{\partial}{\partial u} (c^T u) = c$$ $$\frac{\partial}{\partial u} (c^T c) = 0$$",
    "a capital with an accent": r"$$J(u) = \|\tilde{A} u - c\|^2$$ $$\nabla_u J = 2 \tilde{A}^T (\tilde{A} u - c)$$",
    "rows in braces": r"$$\eqalign{ J &= \|A u\|^2 \cr \frac{\partial J}{\partial u} &= 2 A^T A u \cr}$$",
    "an equation and its solution": LEAST_SQUARES
    + r"$$\nabla_u J = 0 \iff A^T A u = A^T c \iff u = (A^T A)^{-1} A^T c$$",
    "a solution with a star": LEAST_SQUARES + "Set it to zero: $u^* = (A^T A)^{-1} A^T c$.",
    "a differential": FROBENIUS + r"$$d\phi = 2 M : dM = 2 M : P\,dQ = 2 P^T M : dQ$$",
    "differentials and traces": r"$$f = \operatorname{tr}(P Q)$$"
    r"$$df = \operatorname{tr}(dP\, Q) + \operatorname{tr}(P\, dQ)$$",
    "the differential of a product": r"$$d(P Q) = dP\, Q + P\, dQ$$ $$d\|P\|_F^2 = 2 \langle P, dP \rangle$$",
    "what is said to be constant": r"$Q$ is constant, so $$d(P Q) = dP\, Q$$",
    "the differential of an open loss": r"$$Y = X W$$"
    r"$$dL = \operatorname{tr}\left(\left(\frac{\partial L}{\partial Y}\right)^T dY\right)$$",
    "a Hessian": LOGISTIC
    + r"$$\nabla^2 J = "
    + HESSIAN
    + r"$$\frac{\partial^2 J}{\partial w \partial w^T} = "
    + HESSIAN,
    "an entry of a Hessian": LOGISTIC
    + r"$$\frac{\partial^2 J}{\partial w_j \partial w_k} = \sum_i s_i (1 - s_i) x_{ij} x_{ik}$$",
    "a derivative of a derivative": LOGISTIC
    + r"$$\frac{\partial}{\partial w} \frac{\partial J}{\partial w} = "
    + HESSIAN,
    "a second derivative of a function": r"$$g(t) = t^3$$ $$g''(t) = 6 t$$ $$\frac{d^2 g}{d t^2} = 6 t$$",
    "how far a derivative reaches": r"$$\nabla_u (A u - c)^T (A u - c) = 2 A^T (A u - c)$$",
    "a constant that might be a loss": r"$$f(u) = \sum_i u_i^2 + C \sum_i v_i u_i$$"
    r"$$\frac{\partial f(u)}{\partial u_k} = 2 u_k + C v_k$$",
    "a product over an index": r"$$q = \prod_{i=1}^n u_i$$ $$\log q = \sum_{i=1}^n \log u_i$$"
    r"$$\frac{\partial q}{\partial u_k} = \frac{q}{u_k}$$",
    "the logarithm of a probability": r"$$\log p(x | m) = -\frac{1}{2} (x - m)^T (x - m)$$"
    r"$$\frac{\partial \log p(x | m)}{\partial m} = x - m$$",
    "what holds for any letters": r"$$(u + v)^T (u + v) = u^T u + 2 u^T v + v^T v$$",
    "primes for transposes": "A' is the transpose of A."
    r"$$L = (c - A u)'(c - A u)$$ $$\frac{\partial L}{\partial u} = -2 A'(c - A u)$$",
    "a derivative of a named gradient": LOGISTIC
    + r"$$g = \nabla_w J$$ $$\frac{\partial g}{\partial w} = "
    + HESSIAN,
    "a function of another letter": r"$$f(P) = u^T P v$$ $$df = u^T dP\, v$$"
    r"$$f(u) = u^T M u$$ $$\nabla f(u) = M u + M^T u$$",
    "a gradient of a function": r"$$f(u) = u^T M u$$ $$\nabla f(u) = (M + M^T) u$$ $$\nabla f = M u + M^T u$$",
    "a gradient of what stands behind it": r"$$\nabla_u u^T M u = (M + M^T) u$$",
    "a solution with a hat": LEAST_SQUARES + r"$$2 A^T (A u - c) = 0$$ $$\hat u = (A^T A)^{-1} A^T c$$",
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_follows_is_right(name):
    found = words(RIGHT[name])
    assert found and set(found) == {"right"}


WRONG = {
    "a factor in a differential": FROBENIUS + r"$$d\phi = 2 M : dM = M : P\,dQ$$",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_follow_is_wrong(name):
    assert words(WRONG[name]) == ["right", "wrong"]


NOT_JUDGED = {
    "a term left out": r"$$d(P Q) = dP\, Q + P\, dQ$$ $$d(Q P) = dQ\, P$$",
    "a gate's own path, left out": r"$$A = X W^T$$ $$B = X V^T$$ $$H = A \circ \sigma(A) \circ B$$"
    r"$$dB = dH \circ A \circ \sigma(A)$$ $$dA = dH \circ B \circ \sigma(A)$$",
    "a transpose": QUADRATIC + r"(M + M^T) \mathbf{u} = 2 M \mathbf{u}$$",
    "what does not hold for any letters": r"$$(u + v)^T (u + v) = u^T u + u^T v + v^T v$$",
    "what might be constant": r"$$d(P Q) = dP\, Q$$",
    "what is made of nothing": r"$$d(P Q) = dP\, Q + P\, dQ$$ $$d\psi = 2 P : dP$$",
    "a solution that solves nothing": LEAST_SQUARES + r"$$\nabla_u J = 0 \iff u = (A^T A)^{-1} A^T c + c$$",
    "an equation that is not the gradient's": LEAST_SQUARES
    + r"$$\nabla_u J = 0 \iff A^T A u = 2 A^T c \iff u = (A^T A)^{-1} A^T c$$",
}


@pytest.mark.parametrize("name", NOT_JUDGED)
def test_what_is_not_known_is_not_judged(name):
    found = words(NOT_JUDGED[name])
    assert found[-1] == "not judged" or "not judged" in found[-2:]
    assert "wrong" not in found


def test_a_gradient_is_not_judged_where_it_vanishes():
    text = LEAST_SQUARES + r"$$\nabla_u J = 3 A^T (A u - c)$$ $$\nabla_u J = 0$$ $$u = (A^T A)^{-1} A^T c$$"
    assert words(text) == ["right", "wrong", "right", "right"]
