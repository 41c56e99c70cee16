"""The multilayer perceptron in NumPy and in PyTorch: the same network, the same path."""

import math
from copy import deepcopy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.compare import TorchLoss, TorchMLP, TorchNetwork, copy_weights, from_torch, lockstep
from helpers.implement import MLP, MSE, SGD, Linear, Sequential, SoftmaxCrossEntropy, train

ACTIVATIONS = ["relu", "leaky_relu", "elu", "tanh", "sigmoid", "gelu", "silu", "softplus"]
BOTH = pytest.mark.parametrize("make", [MLP, TorchMLP])


def points(S=200, M=6, N=4, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((S, M)).astype(dtype), rng.integers(0, N, S)


def arrays(network):
    """The parameters of either, in their order."""
    if isinstance(network, nn.Module):
        return [W.detach().numpy() for W in network.parameters()]
    return list(network.params.values())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[], [7], [5, 8, 3]], ids=str)
def test_with_the_weights_copied_both_give_the_same(activation, hidden):
    network = MLP(6, hidden, 4, activation, init="kaiming", rng=1)
    module = TorchMLP(6, hidden, 4, activation, init="torch", rng=2)
    (X, T), loss = points(), SoftmaxCrossEntropy()
    copy_weights(module, network)
    L = loss.forward(network.forward(X), T)
    network.backward(loss.backward())
    L_torch = F.cross_entropy(module(torch.tensor(X)), torch.tensor(T))
    L_torch.backward()
    np.testing.assert_allclose(L, L_torch.item(), rtol=1e-12)
    for dW, W_torch in zip(network.grads.values(), module.parameters(), strict=True):
        np.testing.assert_allclose(dW, W_torch.grad.numpy(), rtol=1e-10, atol=1e-14)


@BOTH
def test_the_shapes_are_those_of_the_list(make):
    shapes = [W.shape for W in arrays(make(6, (5, 8), 4))]
    assert shapes == [(5, 6), (5,), (8, 5), (8,), (4, 8), (4,)]
    assert [W.shape for W in arrays(make(6, [], 4))] == [(4, 6), (4,)]


@BOTH
@pytest.mark.parametrize(
    ("init", "std"),
    [("normal", 1e-4), ("normal", 0.3), ("kaiming", math.sqrt(2 / 300)), ("torch", 1 / math.sqrt(900))],
)
def test_the_weights_start_as_said(make, init, std):
    W, b, *_ = arrays(make(300, [200], 10, init=init, std=std, rng=1))
    assert W.std() == pytest.approx(std, rel=0.02)
    assert abs(W.mean()) < 0.02 * std
    if init == "torch":
        assert max(np.abs(W).max(), np.abs(b).max()) <= 1 / math.sqrt(300)
        assert b.std() == pytest.approx(std, rel=0.2)
    else:
        assert not b.any()
        assert np.abs(W).max() > 3 * std  # normal, not uniform


def test_torch_is_exactly_what_pytorch_does_by_default():
    torch.manual_seed(3)
    default = nn.Linear(6, 4, dtype=torch.float64)
    ours = TorchMLP(6, [], 4, init="torch", rng=3)[0]
    assert torch.equal(ours.weight, default.weight)
    assert torch.equal(ours.bias, default.bias)


@BOTH
@pytest.mark.parametrize("init", ["normal", "kaiming", "torch"])
def test_the_same_seed_gives_the_same_weights(make, init):
    first, again, other = (arrays(make(6, [5], 4, init=init, rng=seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(A, B) for A, B in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_the_generator_goes_on_from_layer_to_layer_and_is_left_alone_elsewhere():
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, two = TorchMLP(6, [6], 6, rng=generator), TorchMLP(6, [6], 6, rng=generator)
    weights = [W.flatten()[0].item() for W in (one[0].weight, one[2].weight, two[0].weight)]
    assert len(set(weights)) == 3
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    X = points(dtype=dtype)[0]
    assert MLP(6, [5], 4, "gelu", dtype=dtype).forward(X).dtype == dtype
    for given in (dtype, torch.float32 if dtype == np.float32 else torch.float64):
        assert TorchMLP(6, [5], 4, dtype=given)(torch.tensor(X)).detach().numpy().dtype == dtype


@BOTH
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"hidden": 100}, TypeError, r"hidden is 100, and should be a list of widths"),
        ({"hidden": "100"}, TypeError, "hidden is '100'"),
        ({"hidden": [5, 0]}, ValueError, r"a width is an integer from 1 on, and 0 is none: \[6, 5, 0, 4\]"),
        ({"hidden": [2.5]}, ValueError, "and 2.5 is none"),
        ({"n_inputs": 0}, ValueError, "and 0 is none"),
        ({"n_classes": -1}, ValueError, "and -1 is none"),
        ({"activation": "rleu"}, ValueError, "activation='rleu' is unknown: choose 'relu', 'leaky_relu'"),
        ({"init": "he"}, ValueError, "init='he' is unknown: choose 'normal', 'kaiming', 'torch'"),
        ({"std": -1}, ValueError, "std is at least 0, not -1"),
        ({"std": float("nan")}, ValueError, "std is at least 0, not nan"),
    ],
)
def test_bad_arguments_are_refused_in_words(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(**({"n_inputs": 6, "hidden": [5], "n_classes": 4} | arguments))


def test_a_numpy_generator_is_no_torch_generator():
    with pytest.raises(TypeError, match=r"should be an integer, a torch.Generator or None"):
        TorchMLP(6, [5], 4, rng=np.random.default_rng(0))


# Weights copied


@pytest.mark.parametrize(
    ("source", "target"), [(MLP, TorchMLP), (TorchMLP, MLP), (MLP, MLP), (TorchMLP, TorchMLP)]
)
def test_weights_are_copied_either_way_and_not_shared(source, target):
    given, taken = source(6, [5], 4, std=1, rng=1), target(6, [5], 4, std=1, rng=2)
    copy_weights(given, taken)
    values = [W.copy() for W in arrays(given)]
    for W, W_copied in zip(values, arrays(taken), strict=True):
        np.testing.assert_array_equal(W, W_copied)
    arrays(taken)[0][:] = 7
    np.testing.assert_array_equal(arrays(given)[0], values[0])


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        ([9], r"0.W has shape \(5, 6\), but 0.weight of the target has shape \(9, 6\)"),
        ([5, 5], "has 4 .* target 6"),
    ],
)
def test_other_shapes_are_refused_and_nothing_is_written(hidden, message):
    network, module = MLP(6, [5], 4, rng=1), TorchMLP(6, hidden, 4, rng=1)
    before = deepcopy(module.state_dict())
    with pytest.raises(ValueError, match=message):
        copy_weights(network, module)
    assert all(torch.equal(A, before[name]) for name, A in module.state_dict().items())


# In lockstep


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("SGD", {}),
        ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-2}),
        ("Adam", {}),
        ("AdamW", {}),
    ],
    ids=str,
)
def test_in_lockstep_a_hundred_steps_stay_together(optimizer, options):
    network, module = MLP(6, [9, 8], 4, "elu", init="kaiming", rng=1), TorchMLP(6, [9, 8], 4, "elu")
    before = [W.copy() for W in arrays(network) + arrays(module)]
    run = lockstep(
        network, module, points(), steps=100, lr=0.02, batch_size=16, optimizer=optimizer, **options
    )
    assert run.difference.max() < 1e-10
    assert run.first_step_above(1e-10) is None
    np.testing.assert_allclose(run.loss, run.loss_torch, rtol=1e-10)
    assert run.loss[-10:].mean() < run.loss[:10].mean()
    for W, W_before in zip(arrays(network) + arrays(module), before, strict=True):
        np.testing.assert_array_equal(W, W_before)


@pytest.mark.parametrize(
    ("fault", "first", "of_loss"), [("no zero_grad", 2, 3), ("summed loss", 1, 1), ("float32", None, None)]
)
def test_a_fault_shows_at_its_step(fault, first, of_loss):
    network, module = MLP(6, [9], 4, "tanh", init="kaiming", rng=1), TorchMLP(6, [9], 4, "tanh")
    run = lockstep(network, module, points(), steps=60, fault=fault)
    assert run.first_step_above(1e-6) == first
    apart = np.abs(run.loss - run.loss_torch) > 1e-6
    assert (int(apart.argmax()) + 1 if apart.any() else None) == of_loss
    if fault == "summed loss":
        assert run.loss_torch[0] == pytest.approx(50 * run.loss[0])
    if fault == "float32":
        assert 1e-9 < run.difference.max() < 1e-5


def test_gradients_from_before_do_not_count():
    network, module = MLP(6, [9], 4, init="kaiming", rng=1), TorchMLP(6, [9], 4, init="kaiming", rng=1)
    F.cross_entropy(module(torch.tensor(points()[0])), torch.tensor(points()[1])).backward()
    assert lockstep(network, module, points(), steps=5, fault="no zero_grad").first_step_above(1e-10) == 2


def test_lockstep_refuses_what_it_does_not_know():
    network, module = MLP(6, [9], 4), TorchMLP(6, [9], 4)
    with pytest.raises(
        ValueError, match="fault='sum' is unknown: choose 'no zero_grad', 'summed loss', 'float32'"
    ):
        lockstep(network, module, points(), fault="sum")
    with pytest.raises(ValueError, match="optimizer='RMSprop' is unknown"):
        lockstep(network, module, points(), optimizer="RMSprop")
    with pytest.raises(ValueError, match="batch_size lies between 1 and the 200 samples of X, not at 201"):
        lockstep(network, module, points(), batch_size=201)


# Summed loss, double batch: which learning rate?


@pytest.mark.parametrize("momentum", [0, 0.9])
@pytest.mark.parametrize("in_torch", [False, True], ids=["NumPy", "PyTorch"])
def test_a_summed_loss_takes_the_same_steps_at_the_rate_over_the_batch_size(momentum, in_torch):
    """Σ over 2S samples is 2S times their mean: lr/(2S) takes the step of the mean at lr, weight decay 2S λ."""
    S, lr, decay, data = 10, 0.1, 0.01, points(80)

    def weights(reduction, batch_size, lr, weight_decay):
        options = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        if in_torch:
            module = TorchMLP(6, [9], 4, init="kaiming", rng=1)
            optimizer = torch.optim.SGD(module.parameters(), **options)
            parts = from_torch(module, nn.CrossEntropyLoss(reduction=reduction), optimizer)
        else:
            network = MLP(6, [9], 4, init="kaiming", rng=1)
            parts = network, SoftmaxCrossEntropy(reduction=reduction), SGD(network, **options)
        train(*parts, data, steps=20, batch_size=batch_size, rng=1)
        return np.concatenate([W.ravel() for W in parts[0].params.values()])

    mean = weights("mean", 2 * S, lr, decay)
    np.testing.assert_allclose(weights("sum", 2 * S, lr / (2 * S), 2 * S * decay), mean, rtol=1e-10)
    assert not np.allclose(weights("sum", 2 * S, lr / S, 2 * S * decay), mean, rtol=1e-3)


def test_each_sample_twice_and_summed_takes_half_the_rate():
    X, T = points(10)
    one, two = (MLP(6, [9], 4, init="kaiming", rng=1) for _ in range(2))
    for network, data, lr in ((one, (X, T), 0.02), (two, (np.tile(X, (2, 1)), np.tile(T, 2)), 0.01)):
        loss = SoftmaxCrossEntropy(reduction="sum")
        train(network, loss, SGD(network, lr), data, steps=20, batch_size=len(data[0]), rng=1)
    for W, W_two in zip(arrays(one), arrays(two), strict=True):
        np.testing.assert_allclose(W, W_two, rtol=1e-10, atol=1e-12)


# One loop for both


def test_the_loop_is_the_loop_that_pytorch_users_write():
    data, (ours, plain) = points(), (TorchMLP(6, [9], 4, init="kaiming", rng=1) for _ in range(2))
    train(
        *from_torch(ours, F.cross_entropy, torch.optim.Adam(ours.parameters(), 0.01)),
        data,
        steps=30,
        batch_size=16,
        rng=1,
    )

    optimizer, rng = torch.optim.Adam(plain.parameters(), 0.01), np.random.default_rng(1)
    batches = [
        order[k : k + 16] for order in (rng.permutation(200) for _ in range(3)) for k in range(0, 192, 16)
    ]
    for batch in batches[:30]:
        X, T = (torch.tensor(A[batch]) for A in data)
        optimizer.zero_grad()
        F.cross_entropy(plain(X), T).backward()
        optimizer.step()
    for W, W_plain in zip(arrays(ours), arrays(plain), strict=True):
        np.testing.assert_array_equal(W, W_plain)


def test_both_give_the_same_history():
    network, module = MLP(6, [9], 4, init="kaiming", rng=1), TorchMLP(6, [9], 4)
    copy_weights(network, module)
    how = {
        "data": points(),
        "steps": 50,
        "batch_size": 16,
        "eval_every": 10,
        "validation": points(50, seed=1),
        "rng": 3,
    }
    ours = train(network, SoftmaxCrossEntropy(), SGD(network, 0.1, 0.9), **how)
    theirs = train(
        *from_torch(module, nn.CrossEntropyLoss(), torch.optim.SGD(module.parameters(), 0.1, 0.9)), **how
    )
    assert ours.steps == theirs.steps
    assert ours.validation_accuracy == theirs.validation_accuracy
    np.testing.assert_allclose(ours.train_loss, theirs.train_loss, rtol=1e-10)
    np.testing.assert_allclose(ours.validation_loss, theirs.validation_loss, rtol=1e-10)


def test_a_fixed_seed_gives_the_same_curve_twice_in_pytorch_too():
    def curve(seed):
        module = TorchMLP(6, [9], 4, init="kaiming", rng=seed)
        parts = from_torch(module, F.cross_entropy, torch.optim.SGD(module.parameters(), 0.1))
        return train(*parts, points(), steps=30, batch_size=16, eval_every=10, rng=seed)

    assert curve(1) == curve(1) != curve(2)


def test_the_parts_of_both_can_be_mixed():
    """PyTorch's net with our loss and our optimizer; our net with PyTorch's loss: all walk the same path."""
    networks = MLP(6, [9], 4, init="kaiming", rng=1), TorchMLP(6, [9], 4), MLP(6, [9], 4)
    for other in networks[1:]:
        copy_weights(networks[0], other)
    losses = SoftmaxCrossEntropy(), SoftmaxCrossEntropy(), TorchLoss(nn.CrossEntropyLoss())
    for network, loss in zip(networks, losses, strict=True):
        layer = TorchNetwork(network) if isinstance(network, nn.Module) else network
        train(layer, loss, SGD(layer, 0.1, 0.9), points(), steps=30, batch_size=16, rng=1)
    for other in networks[1:]:
        for W, W_other in zip(arrays(networks[0]), arrays(other), strict=True):
            np.testing.assert_allclose(W, W_other, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("loss", [F.mse_loss, nn.MSELoss()])
def test_a_regression_in_pytorch_has_no_accuracy(loss):
    X, T = points(20)[0], points(20, 4, seed=1)[0]
    assert np.isnan(TorchLoss(loss).accuracy(X[:, :4], T))
    assert TorchLoss(loss).forward(X[:, :4], T) == pytest.approx(MSE().forward(X[:, :4], T))


def test_an_adapter_is_a_layer():
    module, network = TorchMLP(6, [9], 4, "elu", init="torch", rng=1), MLP(6, [9], 4, "elu")
    copy_weights(module, network)
    X, dY = points(5)[0], np.random.default_rng(1).standard_normal((5, 4))
    layer = TorchNetwork(module)
    np.testing.assert_allclose(layer.forward(X), network.forward(X), rtol=1e-12)
    np.testing.assert_allclose(layer.backward(dY), network.backward(dY), rtol=1e-12, atol=1e-15)
    for dW, dW_torch in zip(network.grads.values(), layer.grads.values(), strict=True):
        np.testing.assert_allclose(dW, dW_torch, rtol=1e-12, atol=1e-15)


def test_measuring_leaves_dropout_and_running_statistics_alone():
    module = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Dropout(), nn.Linear(5, 4)).double()
    module[1].eval()  # a part that its owner froze
    before, X = deepcopy(module.state_dict()), points()[0]
    Y = TorchNetwork(module).predict(X)
    np.testing.assert_array_equal(Y, TorchNetwork(module).predict(X))
    assert [part.training for part in module] == [True, False, True, True]
    assert all(torch.equal(A, before[name]) for name, A in module.state_dict().items())


def test_what_does_not_fit_is_refused():
    module, stranger = TorchMLP(6, [9], 4), TorchMLP(6, [9], 4)
    with pytest.raises(ValueError, match="the optimizer holds no parameter of this module"):
        from_torch(module, F.cross_entropy, torch.optim.SGD(stranger.parameters(), 0.1))
    with pytest.raises(TypeError, match=r"which is no torch.nn.Module"):
        TorchNetwork(Sequential(Linear(6, 4)))
    with pytest.raises(
        TypeError, match="X has dtype float32, but the parameters of the module have dtype float64"
    ):
        TorchNetwork(module).forward(points(dtype=np.float32)[0])
