"""RNN, LSTM and GRU: first and last states with their gradients, sequences of different lengths, and bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers.compare.finite_differences import central_difference
from helpers.implement import GRU, LSTM, RNN, Embedding, Linear, Sequential
from tests.implement.rows import made, normal

LAYERS = [RNN, LSTM, GRU]
EACH = pytest.mark.parametrize("Layer", LAYERS)
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}


def states(Layer, L, samples, N, dtype=np.float64):
    """Random first states, by their letters."""
    return {
        letter: normal((L, *samples, N), dtype, seed) for seed, letter in enumerate(Layer.inputs[1:-1], 3)
    }


def upstream(layer):
    """A random gradient of all that came out, by the letters of what it belongs to."""
    out = {"Y": layer.Y} | {letter: getattr(layer, letter) for letter in layer.outputs}
    return {letter: normal(A.shape, A.dtype, seed) for seed, (letter, A) in enumerate(out.items(), 7)}


def ran(layer, X, first, lengths=None):
    """All that comes out, forward and backward."""
    Y = layer.forward(X, **first, lengths=lengths)
    d = upstream(layer)
    dX = layer.backward(*d.values())
    dX = dict(zip(["dX", *(f"d{letter}" for letter in first)], dX if first else [dX], strict=True))
    out = {"Y": Y} | {letter: getattr(layer, letter) for letter in layer.outputs}
    return d, out | dX | {f"d{key}": dW for key, dW in layer.grads.items()}


def torch_ran(layer, X, first, lengths, d):
    """The same by the module of PyTorch, of packed sequences where there are lengths."""
    (M, N), L = (layer.params["W"].shape[1], layer.params["U"].shape[1]), layer.num_layers
    options = {"nonlinearity": layer.nonlinearity} if isinstance(layer, RNN) else {}
    module = getattr(torch.nn, type(layer).__name__)(M, N, L, bias=layer.bias, batch_first=True, **options)
    module = module.to(getattr(torch, str(X.dtype)))
    with torch.no_grad():
        for W_torch, W in zip(module.parameters(), layer.params.values(), strict=True):
            W_torch.copy_(torch.from_numpy(W))
    x, *h = (torch.from_numpy(A.copy()).requires_grad_() for A in (X, *first.values()))
    given = (tuple(h) if len(h) == 2 else h[0],) if h else ()
    if lengths is None:
        y, last = module(x, *given)
    else:
        packed = pack_padded_sequence(x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False)
        y, last = module(packed, *given)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=X.shape[1])
    out = [y, *(last if isinstance(last, tuple) else [last])]
    torch.autograd.backward(out, [torch.from_numpy(dA) for dA in d.values()])
    values = dict(zip(["Y", *layer.outputs], (A.detach().numpy() for A in out), strict=True))
    values |= {f"d{letter}": A.grad.numpy() for letter, A in zip(["X", *first], (x, *h), strict=True)}
    gradients = (W.grad.numpy() for W in module.parameters())
    return values | {f"d{key}": dW for key, dW in zip(layer.params, gradients, strict=True)}


def assert_as_torch(layer, X, first, lengths=None):
    d, results = ran(layer, X, first, lengths)
    reference = torch_ran(layer, X, first, lengths, d)
    assert results.keys() == reference.keys()
    for name, A in results.items():
        assert (A.shape, A.dtype) == (reference[name].shape, reference[name].dtype), name
        scale = TOLERANCE[X.dtype.type] * max(1, np.abs(reference[name]).max(initial=0))
        np.testing.assert_allclose(A, reference[name], rtol=0, atol=scale, err_msg=name)


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(LAYERS), st.sampled_from([*TOLERANCE]))
def test_states_and_their_gradients_are_those_of_pytorch(data, Layer, dtype):
    """Any sizes, one time and no sample among them; one sequence without an axis for samples."""
    S, T, M, N, L = (data.draw(st.integers(low, 4)) for low in (0, 1, 1, 1, 1))
    samples = data.draw(st.sampled_from([(S,), ()]))
    options = {"bias": data.draw(st.booleans())}
    if Layer is RNN:
        options["nonlinearity"] = data.draw(st.sampled_from(["tanh", "relu"]))
    layer = made(Layer, (M, N, L), options, dtype)
    first = states(Layer, L, samples, N, dtype) if data.draw(st.booleans()) else {}
    assert_as_torch(layer, normal((*samples, T, M), dtype), first)


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(LAYERS), st.sampled_from([*TOLERANCE]))
def test_sequences_of_different_lengths_are_packed_ones(data, Layer, dtype):
    S, T, M, N, L = (data.draw(st.integers(1, 4)) for _ in range(5))
    lengths = np.array(data.draw(st.lists(st.integers(1, T), min_size=S, max_size=S)))
    first = states(Layer, L, (S,), N, dtype) if data.draw(st.booleans()) else {}
    assert_as_torch(made(Layer, (M, N, L), {}, dtype), normal((S, T, M), dtype), first, lengths)


@EACH
def test_every_gradient_is_a_central_difference(Layer):
    layer, X, lengths = made(Layer, (3, 2, 2), {}), normal((2, 3, 3)), np.array([3, 2])
    first = states(Layer, 2, (2,), 2)
    d, results = ran(layer, X, first, lengths)

    def L(**changed):
        Y = layer.forward(
            changed.get("X", X), **{k: changed.get(k, A) for k, A in first.items()}, lengths=lengths
        )
        return sum((d[k] * A).sum() for k, A in [("Y", Y), *((k, getattr(layer, k)) for k in layer.outputs)])

    for letter, A in ({"X": X} | first).items():
        numeric = central_difference(lambda B, letter=letter: L(**{letter: B}), A)
        np.testing.assert_allclose(results[f"d{letter}"], numeric, rtol=1e-7, atol=1e-9, err_msg=letter)


@EACH
def test_what_stands_behind_the_length_counts_nowhere(Layer):
    """Not even NaN: Y and dX are 0 there, and dY there reaches nothing."""
    layer, X, lengths = made(Layer, (3, 2, 2), {}), normal((2, 4, 3)), np.array([2, 4])
    d, results = ran(layer, X, {}, lengths)
    results = {name: A.copy() for name, A in results.items()}
    X[0, 2:], d["Y"][0, 2:] = np.nan, np.nan
    Y = layer.forward(X, lengths=lengths)
    dX = layer.backward(*d.values())
    assert not Y[0, 2:].any() and not dX[0, 2:].any()
    np.testing.assert_array_equal(Y, results["Y"])
    np.testing.assert_array_equal(dX, results["dX"])
    for key, dW in layer.grads.items():
        np.testing.assert_array_equal(dW, results[f"d{key}"])
    np.testing.assert_array_equal(layer.HT[-1, 0], Y[0, 1])
    alone = layer.forward(X[:1, :2])
    np.testing.assert_allclose(alone, Y[:1, :2], rtol=1e-14)


@EACH
def test_two_halves_are_the_whole(Layer):
    """The last states of the first half are the first ones of the second, and take back its gradients."""
    layer, X = made(Layer, (3, 2, 2), {}), normal((2, 5, 3))
    d, whole = ran(layer, X, {})
    whole = {name: A.copy() for name, A in whole.items()}
    front, back = made(Layer, (3, 2, 2), {}), made(Layer, (3, 2, 2), {})
    Y = [front.forward(X[:, :2]), back.forward(X[:, 2:], *(getattr(front, k) for k in front.outputs))]
    dX, *dstates = back.backward(d["Y"][:, 2:], *(d[k] for k in back.outputs))
    dX = [front.backward(d["Y"][:, :2], *dstates), dX]
    np.testing.assert_allclose(np.concatenate(Y, 1), whole["Y"], rtol=1e-14)
    np.testing.assert_allclose(np.concatenate(dX, 1), whole["dX"], rtol=1e-12, atol=1e-15)
    for key in layer.params:
        total = front.grads[key] + back.grads[key]
        np.testing.assert_allclose(total, whole[f"d{key}"], rtol=1e-12, atol=1e-14)


@EACH
def test_one_time_by_hand(Layer):
    """Weights of 0 leave the biases: sigmoid(0) = 1/2, tanh(0) = 0."""
    layer = Layer(1, 1, rng=0)
    for W in layer.params.values():
        W[...] = 0
    first = {letter: np.full((1, 1, 1), 3.0) for letter in Layer.inputs[1:-1]}
    Y = layer.forward(np.zeros((1, 1, 1)), **first)
    want = {RNN: 0, LSTM: 0.5 * np.tanh(1.5), GRU: 1.5}[Layer]
    assert Y.item() == pytest.approx(want, rel=1e-15)


@EACH
def test_it_starts_within_the_bounds_of_pytorch(Layer):
    layer = Layer(3, 25, 2, rng=1)
    module = getattr(torch.nn, Layer.__name__)(3, 25, 2)
    assert [W.shape for W in layer.params.values()] == [tuple(W.shape) for W in module.parameters()]
    for W in layer.params.values():
        assert 0.15 < np.abs(W).max() <= 0.2
    np.testing.assert_array_equal(layer.params["U1"], Layer(3, 25, 2, rng=1).params["U1"])
    assert {W.dtype for W in Layer(3, 2, dtype=np.float32).params.values()} == {np.dtype(np.float32)}


@EACH
def test_no_argument_is_changed_or_handed_back(Layer):
    layer, lengths = made(Layer, (3, 2), {}), np.array([2, 4])
    given_arrays = {"X": normal((2, 4, 3))} | states(Layer, 1, (2,), 2)
    copies = {name: A.copy() for name, A in given_arrays.items()}
    X, *first = given_arrays.values()
    d, results = ran(layer, X, dict(zip(Layer.inputs[1:-1], first, strict=True)), lengths)
    again = ran(layer, X, dict(zip(Layer.inputs[1:-1], first, strict=True)), lengths)[1]
    for name, A in copies.items():
        np.testing.assert_array_equal(given_arrays[name], A)
    np.testing.assert_array_equal(lengths, [2, 4])
    everything = [*given_arrays.values(), *layer.params.values(), *d.values(), *again.values()]
    for name, A in results.items():
        np.testing.assert_array_equal(again[name], A)
        assert not any(np.shares_memory(A, B) for B in everything), name


@EACH
def test_nan_reaches_the_times_behind_it_and_no_other_sample(Layer):
    layer, X = made(Layer, (3, 2), {}), normal((2, 3, 3))
    X[0, 1, 0] = np.nan
    bad = np.isnan(layer.forward(X)).any(-1)
    np.testing.assert_array_equal(bad, [[False, True, True], [False] * 3])


def test_a_network_reads_names():
    network = Sequential(Embedding(5, 3, rng=0), LSTM(3, 4, rng=1), Linear(4, 5, rng=2))
    Y = network.forward(np.array([[0, 4, 1], [1, 1, 2]]))
    network.parameter_gradients(normal(Y.shape))
    assert Y.shape == (2, 3, 5) and network.grads.keys() == network.params.keys()
    assert network.predict(np.array([[0]])).shape == (1, 1, 5)


X, H0 = np.ones((2, 4, 3)), np.ones((1, 2, 2))


@pytest.mark.parametrize(
    ("arrays", "named", "said"),
    [
        ((X[..., :2],), {}, r"X has shape \(2, 4, 2\), but W of shape \(\d, 3\) needs X of shape \(S, T, 3\)"),
        ((X[None],), {}, r"X has shape \(1, 2, 4, 3\), but W"),
        ((X[:, :0],), {}, r"X has shape \(2, 0, 3\), and T = 0: a sequence has at least one time"),
        ((X, H0[0]), {}, r"H0 has shape \(2, 2\), but X of shape \(2, 4, 3\) needs \(1, 2, 2\)"),
        ((X, H0.astype(np.float32)), {}, "H0 has dtype float32, but"),
        ((X.astype(np.float32),), {}, "X has dtype float32, but W has dtype float64"),
        ((X.astype(int),), {}, "X has dtype int64"),
        ((X,), {"lengths": np.array([1, 5])}, r"lengths\[1\] = 5, but X of shape \(2, 4, 3\) has times 1 to T = 4"),
        ((X,), {"lengths": np.array([0, 5])}, r"lengths\[0\] = 0, but"),
        ((X,), {"lengths": np.array([1, 2, 3])}, r"lengths has shape \(3,\), but X of .* needs \(2,\)"),
        ((X,), {"lengths": np.array([1.0, 2])}, "lengths has dtype float64, and should be made of integers"),
        ((X,), {"length": np.array([1, 2])}, r"\.forward\(\.\.\., length=\.\.\.\): it takes X, H0"),
        ((X, H0), {"H0": H0}, r"\.forward\(\.\.\., H0=\.\.\.\): which came already"),
    ],
)  # fmt: skip
@EACH
def test_what_does_not_fit_is_refused_in_letters(Layer, arrays, named, said):
    with pytest.raises((TypeError, ValueError), match=said):
        Layer(3, 2).forward(*arrays, **named)


def test_c0_is_refused_in_letters():
    with pytest.raises(
        ValueError, match=r"C0 has shape \(1, 2, 3\), but X of shape \(2, 4, 3\) needs \(1, 2, 2\)"
    ):
        LSTM(3, 2).forward(X, H0, np.ones((1, 2, 3)))


@EACH
def test_gradients_of_last_states_are_checked(Layer):
    layer = Layer(3, 2)
    Y = layer.forward(X)
    with pytest.raises(ValueError, match=r"dHT has shape \(2, 2\), but HT has shape \(1, 2, 2\)"):
        layer.backward(Y, H0[0])
    with pytest.raises(TypeError, match="dHT has dtype float32, but HT has dtype float64"):
        layer.backward(Y, H0.astype(np.float32))
    many = [H0] * len(layer.outputs)
    with pytest.raises(TypeError, match=r"backward takes dY, dHT.*, and \d arrays came"):
        layer.backward(Y, *many, H0)
    np.testing.assert_array_equal(layer.backward(Y), layer.backward(Y, *(0 * dH for dH in many)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GRU(0, 2), "input_size starts at 1, and is 0"),
        (lambda: GRU(3, 0), "hidden_size starts at 1, and is 0"),
        (lambda: LSTM(3, 2, 0), "num_layers starts at 1, and is 0"),
        (lambda: LSTM(3, 2, batch_first=False), r"batch_first=False: here X is \(S, T, M\), samples first"),
        (
            lambda: RNN(3, 2, nonlinearity="sigmoid"),
            "nonlinearity='sigmoid' is unknown: choose 'tanh', 'relu'",
        ),
    ],
)
def test_options_that_cannot_be_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_an_infinite_gradient_does_not_pass_where_relu_is_shut():
    layer = made(RNN, (2, 3), {"nonlinearity": "relu"})
    layer.params["b"][...] = -99
    layer.forward(normal((1, 1, 2)))
    np.testing.assert_array_equal(layer.backward(np.full((1, 1, 3), np.inf)), np.zeros((1, 1, 2)))
