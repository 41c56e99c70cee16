"""What is exported is right: in the battery of layers, in gradcheck, as a loss, as source."""

import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sympy import Sum, Symbol, exp

from helpers.compare import gradient_check
from helpers.derive import Definition, L, elementwise, indices, tensor
from helpers.judge import diagnose
from helpers.yours import your_layer
from tests.yours.definitions import CHAINS, N, S, X, Y, made, n, p, s

SIZES = {"S": 5, "M": 4, "N": 3, "D": 2}


def exported(name):
    cls = made(name).layer()
    sizes = {letter: k for letter, k in SIZES.items() if letter in inspect.signature(cls).parameters}
    return cls(**sizes)


@pytest.mark.parametrize(
    "name", ["Affine", "TanhLayer", "RootMeanSquare", "GatedUnit", "CosineLogits", "Rectified", "SoftmaxLoss"]
)
def test_the_battery_finds_nothing(name):
    diagnosis = diagnose(exported(name))
    assert diagnosis.right, repr(diagnosis)


def test_the_battery_knows_the_layer_that_it_is_meant_to_be():
    from helpers.implement import Linear

    assert diagnose(made("Affine").layer(), like=Linear).right


@pytest.mark.parametrize("name", [name for name in CHAINS if name != "Shifted"])
def test_gradcheck_of_the_function(name):
    roles = made(name).roles
    leaves = [*roles.inputs, *roles.parameters]
    shapes = [[SIZES[str(k)] for k in t.shape] if t.shape != (1,) else [] for t in leaves]
    generator = torch.Generator().manual_seed(0)
    arrays = [torch.rand(shape, dtype=torch.float64, generator=generator) + 0.1 for shape in shapes]
    f = made(name).torch_function()
    assert torch.autograd.gradcheck(
        lambda *given: f.apply(*given, *[0.1] * len(roles.constants)), [a.requires_grad_() for a in arrays]
    )


def test_layers_of_several_inputs_return_a_gradient_for_each():
    layer, rng = exported("Modulation"), np.random.default_rng(0)
    X, C, dY = rng.normal(size=(5, 4)), rng.normal(size=(5, 2)), rng.normal(size=(5, 4))
    layer.forward(X, C)
    dX, dC = layer.backward(dY)
    G, K = (torch.tensor(layer.params[key]) for key in "GK")
    given = [torch.tensor(A, requires_grad=True) for A in (X, C)]
    ((1 + given[1] @ G.T) * given[0] + given[1] @ K.T).backward(torch.tensor(dY))
    np.testing.assert_allclose(dX, given[0].grad, rtol=1e-12)
    np.testing.assert_allclose(dC, given[1].grad, rtol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_loss_of_samples_has_every_reduction(reduction):
    rng = np.random.default_rng(0)
    Z, T, dL = rng.normal(size=(5, 3)), rng.integers(3, size=5), rng.normal(size=5)
    loss = made("SoftmaxLoss").layer()(reduction)
    L = loss.forward(Z, np.eye(3)[T])
    dZ = loss.backward(dL) if reduction == "none" else loss.backward()
    by_torch = torch.tensor(Z, requires_grad=True)
    L_torch = F.cross_entropy(by_torch, torch.tensor(T), reduction=reduction)
    L_torch.backward(torch.tensor(dL) if reduction == "none" else None)
    np.testing.assert_allclose(L, L_torch.detach(), rtol=1e-12)
    np.testing.assert_allclose(dZ, by_torch.grad, rtol=1e-12, atol=1e-14)


def test_samples_that_meet_in_the_loss_are_no_loss_of_samples():
    (t,) = indices("t", S)
    meeting = your_layer([Definition(L, Sum(X[s, p] * X[t, p], s, t, p) / S)], name="Meeting")
    assert not meeting.is_loss_of_samples and "class Meeting(Layer)" in meeting.layer_source()


def test_a_loss_is_checked_by_differences():
    rng = np.random.default_rng(0)
    Z, T = rng.normal(size=(5, 3)), np.eye(3)[rng.integers(3, size=5)]
    assert gradient_check(made("SoftmaxLoss").layer()(), Z, T)


IDS = "L = -1/S sum_s log Y_{s t_s}"


def test_a_table_that_whole_numbers_read_starts_random():
    layer = your_layer("Y_sn = E_{t_s n}").layer()(300, 20, rng=0)
    assert 0.97 < layer.params["E"].std() < 1.03
    for t in ([0, -1], [0, 300]):
        with pytest.raises(ValueError, match=r"t runs from .* to .*, and needs 0 to 299"):
            layer.forward(np.array(t))


def test_a_loss_takes_whole_targets_and_says_its_accuracy():
    Z, t = np.array([[2.0, 1, 0], [0, 3, 1], [1, 0, 0]]), np.array([0, 1, 2])
    one_hot = made("SoftmaxLoss").layer()()
    L = one_hot.forward(Z, np.eye(3)[t])
    assert one_hot.forward(Z, np.eye(3, dtype=int)[t]) == L
    assert one_hot.accuracy(Z, np.eye(3)[t]) == pytest.approx(2 / 3)
    two = your_layer("L = -1/S sum_sn (T_sn log Y_sn + (1 - T_sn) log(1 - Y_sn))")
    assert np.isfinite(two.layer()().forward(np.full((2, 3), 0.3), np.array([[0, 1, 0], [1, 1, 0]])))
    assert "Accuracy   NaN: T names no class" in two.layer().__doc__


def test_class_ids_that_are_none_are_refused():
    loss, Y = your_layer(IDS).layer()(), np.full((2, 3), 1 / 3)
    loss.forward(Y, np.array([0, 2]))
    assert loss.accuracy(np.eye(3)[:2], np.array([0, 2])) == 0.5
    for t in ([0, -1], [3, 0]):
        with pytest.raises(ValueError, match=r"t runs from .* to .*, and needs 0 to 2"):
            loss.forward(Y, np.array(t))
    with pytest.raises(ValueError, match=r"t has shape \(3,\), and needs \(S,\) with S = 2"):
        loss.forward(Y, np.zeros(3, int))
    with pytest.raises(TypeError, match="should be made of integers"):
        loss.forward(Y, np.zeros(2))


def test_wrong_shapes_are_refused_in_the_letters_of_the_formula():
    with pytest.raises(ValueError, match=r"X has shape \(5, 2\), and needs \(S, M\) with M = 4"):
        exported("Affine").forward(np.ones((5, 2)))
    with pytest.raises(
        ValueError, match=r"C has shape \(6, 2\), and needs \(S, D\) with D = 2, S = 5|S = 5, D = 2"
    ):
        exported("Modulation").forward(np.ones((5, 4)), np.ones((6, 2)))


def test_the_class_is_its_source():
    cls = made("TanhLayer").layer()
    assert inspect.getsource(cls) in made("TanhLayer").layer_source()
    names = {}
    exec(made("TanhLayer").layer_source(), names)
    X = np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_array_equal(names["TanhLayer"](4, 3, rng=0).forward(X), cls(4, 3, rng=0).forward(X))


def test_parameters_start_random_where_they_are_summed_over_and_0_where_they_are_added():
    params = made("Affine").layer()(400, 300, rng=0).params
    assert 0.045 < params["W"].std() < 0.055 and not params["b"].any()
    assert (made("RootMeanSquare").layer()(3).params["gamma"] == 1).all()


def test_a_gradient_never_shares_the_memory_of_the_upstream_one():
    (i,) = indices("i", N)
    b, Z = tensor("b", N), tensor("Z", S, N)
    layer = your_layer(Definition(Y[s, i], Z[s, i] + b[i]), inputs="Z", name="Shift").layer()(3)
    dY = np.ones((2, 3))
    layer.forward(np.zeros((2, 3)))
    assert not np.shares_memory(layer.backward(dY), dY)


@pytest.mark.parametrize("label", ["class", "np", "1x", "_x", "x²"])
def test_a_letter_that_is_no_name_in_python_is_refused(label):
    x = tensor(label, S, N)
    with pytest.raises(ValueError, match=r"name in Python|means something else"):
        your_layer(Definition(Y[s, n], x[s, n] ** 2))


def test_no_text_of_a_letter_or_a_name_reaches_the_source_as_code():
    with pytest.raises(ValueError, match="cannot be a name in Python"):
        your_layer(Definition(Y[s, n], tensor('x"""\nimport os', S, N)[s, n] ** 2))
    with pytest.raises(ValueError, match="cannot be the name of a class"):
        your_layer(CHAINS["Shifted"], name="A(Layer): import os\nclass B").layer_source()


def test_a_function_that_is_any_function_is_no_layer():
    h = elementwise("h")
    with pytest.raises(ValueError, match=r"h in Y.* is any function: write it out"):
        your_layer(Definition(Y[s, n], h(tensor("Z", S, N)[s, n]))).layer_source()


def test_a_recursion_is_a_loop_that_trains():
    text = "A_t = R H_{t-1} + U X_t; H_t = tanh(A_t); Y_t = V H_t"
    made_layer = your_layer(text, name="Recurrent")
    layer = made_layer.layer()(4, 3, 2, rng=0)
    assert gradient_check(layer, np.random.default_rng(0).normal(size=(5, 4)))
    f, given = made_layer.torch_function(), [np.ones((5, 4)) / 3, *layer.params.values()]
    assert torch.autograd.gradcheck(f.apply, [torch.tensor(A, requires_grad=True) for A in given])
    assert "for t in reversed(range(T))" in made_layer.layer_source()
    T, M, N, K = (made_layer.roles.sizes[k] for k in (0, 1, 2, 3))
    assert (made_layer.cost.multiply_adds - T * (N * N + N * M + N * K)).expand() == 0


@pytest.mark.parametrize(
    "text, expected",
    [
        ("c = x^T y/(|x||y|)", lambda x, y: F.cosine_similarity(x, y, 0)),
        ("m_t = 0.9 m_{t-1} + 0.1 x_t; y_t = m_t^2", lambda x: averaged(x) ** 2),
    ],
)
def test_a_number_as_output_and_as_state(text, expected):
    """A number has an upstream gradient that is a number; a state may be a number at each step."""
    layer, rng = your_layer(text, name="Numbers").layer()(), np.random.default_rng(0)
    given = [torch.tensor(rng.normal(size=5), requires_grad=True) for _ in layer.inputs]
    out = expected(*given)
    upstream = rng.normal(size=tuple(out.shape))
    arrays = [A.detach().numpy() for A in given]
    np.testing.assert_allclose(layer.forward(*arrays), out.detach())
    found = layer.backward(upstream)
    for A, dA in zip(
        torch.autograd.grad(out, given, torch.tensor(upstream)), np.atleast_2d(found), strict=True
    ):
        np.testing.assert_allclose(dA, A)


def averaged(x):
    m = [torch.zeros((), dtype=x.dtype)]
    for x_t in x:
        m.append(0.9 * m[-1] + 0.1 * x_t)
    return torch.stack(m[1:])


def test_a_loop_over_words_is_made_of_floats():
    made_layer = your_layer(
        "h_{tn} = tanh(E_{w_t n} + sum_m R_nm h_{t-1,m}); y_tk = sum_n V_kn h_tn", inputs="w"
    )
    sizes = [7, 3, 2][: sum(name.isupper() for name in inspect.signature(made_layer.layer()).parameters)]
    layer, w = made_layer.layer()(*sizes, rng=0), np.array([0, 3, 1, 3])
    y, h = layer.forward(w), np.zeros(3)
    E, R, V = (layer.params[key] for key in "ERV")
    for t, word in enumerate(w):
        h = np.tanh(E[word] + R @ h)
        np.testing.assert_allclose(y[t], V @ h)
    f = made_layer.torch_function()
    given = [torch.tensor(w), *(torch.tensor(W, requires_grad=True) for W in layer.params.values())]
    assert torch.autograd.gradcheck(f.apply, given)


def test_gates_may_have_the_letters_of_indices():
    text = "i_t = sigmoid(W x_t + R h_{t-1}); j_t = tanh(U x_t); h_t = i_t * j_t; y_t = h_t"
    made_layer = your_layer(text.replace("*", r"\odot"), name="Gate")
    assert made_layer.check
    layer = made_layer.layer()(4, 3, rng=0)
    assert gradient_check(layer, np.random.default_rng(0).normal(size=(5, 4)))


def test_a_summed_letter_is_none_of_a_tensor():
    assert your_layer("q = X W; k = X U; p = softmax(q k^T); r = p X").check


def test_a_state_that_feeds_itself_is_no_output():
    with pytest.raises(ValueError, match=r"H feeds itself.* end with an output, Y_t = H_t"):
        your_layer("H_t = tanh(W H_{t-1} + U X_t)").layer_source()


@pytest.mark.parametrize("text", ["Y = X W^T + b; Z = tanh(X)", "H_t = tanh(H_{t-1} + X_t); Z = tanh(X)"])
def test_a_definition_that_nothing_uses_is_no_layer(text):
    made_layer, sentence = your_layer(text), f"{text[0]} is defined, and nothing that leads to Z uses it"
    for source in (made_layer.layer_source, made_layer.torch_source):
        with pytest.raises(ValueError, match=sentence):
            source()
    pages = made_layer.plain(), made_layer.html(), made_layer.latex(), made_layer._repr_markdown_()
    assert all(sentence in page for page in pages)
    assert made_layer.plain().splitlines()[3] == "X comes with every batch"


GALLERY = {
    "SqueezeExcite": "z_sc = 1/P sum_p X_scp; a = z W^T; h = relu(a); u = h V^T; g = sigmoid(u); Y_scp = g_sc X_scp",
    "MixtureGate": "A = X U^T; G = softmax(A); E_sen = sum_m X_sm W_enm; Y_sn = sum_e G_se E_sen",
    "RBFKernel": "K_mn = exp(-gamma sum_p (X_mp - Y_np)^2)",
}


@pytest.mark.parametrize("name", GALLERY)
def test_three_axes_and_numbers_that_are_learned(name):
    made_layer = your_layer(GALLERY[name], name=name)
    sizes, generator = {}, torch.Generator().manual_seed(0)
    leaves = [*made_layer.roles.inputs, *made_layer.roles.parameters]
    shapes = [
        [sizes.setdefault(k, 5 - len(sizes)) for k in t.shape] if t.shape != (1,) else [] for t in leaves
    ]
    arrays = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes]
    f = made_layer.torch_function()
    assert torch.autograd.gradcheck(f.apply, [a.requires_grad_() for a in arrays])
    layer = made_layer.layer()
    named = {str(k): n for k, n in sizes.items() if str(k) in inspect.signature(layer).parameters}
    layer = layer(**named)
    for W, A in zip(layer.params.values(), arrays[len(made_layer.roles.inputs) :], strict=True):
        W[...] = A.detach()
    inputs = arrays[: len(made_layer.roles.inputs)]
    Y = f.apply(*arrays)
    np.testing.assert_allclose(layer.forward(*(a.detach().numpy() for a in inputs)), Y.detach())
    dX = layer.backward(np.ones(Y.shape))
    got = [*(dX if isinstance(dX, tuple) else [dX]), *(layer.grads[key] for key in layer.params)]
    for dA, by_torch in zip(got, torch.autograd.grad(Y.sum(), arrays), strict=True):
        np.testing.assert_allclose(dA, by_torch, rtol=1e-10, atol=1e-12)


SIZES_OF_BACKWARD = {
    "Y = X.mean(axis=0)": (),
    "Y = X.sum(axis=0)": (),
    "L = X.sum()": (),
    "y_i = sum_j X_ij": (),
    "A_sn = 2 X_sn; y_n = sum_s A_sn": (),
    "Y_sn = E_{t_s n}": (4, 3),
    "A = softmax(Q K^T / sqrt(d)); O = A V": (3, 4, 2),
    "Y = X W^T / sqrt(M)": (4, 3),
    "L = log det A": (),
}


@pytest.mark.parametrize("text", SIZES_OF_BACKWARD)
def test_backward_has_the_sizes_that_it_needs(text):
    """The layer and the function agree, and autograd's differences agree with the function."""
    made_layer = your_layer(text)
    layer, f, rng = (
        made_layer.layer()(*SIZES_OF_BACKWARD[text]),
        made_layer.torch_function(),
        np.random.default_rng(0),
    )
    if text.startswith("Y_sn = E"):
        given = [np.array([1, 0, 1, 3, 2])]
    elif text.endswith("det A"):
        given = [3 * np.eye(3) + rng.normal(size=(3, 3)) / 4]
    else:
        given = [rng.normal(size=(5, SIZES_OF_BACKWARD[text][0] if SIZES_OF_BACKWARD[text] else 4))]
    arrays = [torch.tensor(A, requires_grad=A.dtype == float) for A in (*given, *layer.params.values())]
    assert torch.autograd.gradcheck(f.apply, arrays)
    Y = f.apply(*arrays)
    np.testing.assert_allclose(layer.forward(*given), Y.detach())
    dX = layer.backward(np.ones(Y.shape))
    floats = [A for A in arrays if A.requires_grad]
    got = [*([] if dX is None else [dX]), *(layer.grads[key] for key in layer.params)]
    for dA, by_torch in zip(got, torch.autograd.grad(Y.sum(), floats), strict=True):
        np.testing.assert_allclose(dA, by_torch, atol=1e-12)
    assert made_layer.cost


def test_attention_with_projections_passes_gradcheck():
    text = "Q = X W_Q; K = X W_K; V = X W_V; A = softmax(Q K^T / sqrt(d)); O = A V"
    made_layer = your_layer(text, inputs="X")
    generator = torch.Generator().manual_seed(0)
    shapes = {"X": (4, 3), "W_Q": (3, 2), "W_K": (3, 2), "W_V": (3, 5)}
    names = [*made_layer.body.inputs, *made_layer.body.parameters]
    arrays = [torch.randn(shapes[name], dtype=torch.float64, generator=generator) for name in names]
    assert torch.autograd.gradcheck(made_layer.torch_function().apply, [A.requires_grad_() for A in arrays])


def test_the_backward_block_of_the_page_reads_its_sizes():
    backward = your_layer("Y = X.mean(axis=0)").backward_source
    assert backward.splitlines()[:2] == ["M = len(dY)", "S = len(X)"]


def test_a_number_that_is_chosen_is_an_option_of_the_layer():
    beta = Symbol("beta", positive=True)
    Z = tensor("Z", S, N)
    swish = your_layer(Definition(Y[s, n], Z[s, n] / (1 + exp(-beta * Z[s, n]))), name="Swish", inputs="Z")
    layer, Z = swish.layer()(beta=2.0), np.array([[0.5, -1.0]])
    np.testing.assert_allclose(layer.forward(Z), Z / (1 + np.exp(-2 * Z)))
    assert repr(layer) == "Swish(beta=2.0)"
