"""Optimizers in step with PyTorch's."""

import inspect
import itertools

import numpy as np
import pytest
import torch

from helpers.implement import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    LayerNorm,
    Linear,
    RMSprop,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    clip_by_norm,
    cosine,
    norms_and_biases,
)

SGD_OPTIONS = [
    {"momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov}
    for momentum, dampening, weight_decay, nesterov in itertools.product(
        [0, 0.9], [0, 0.3], [0, 0.01], [False, True]
    )
    if not nesterov or (momentum and not dampening)
]
ADAM_OPTIONS = [
    {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
    for betas, eps, weight_decay, amsgrad in itertools.product(
        [(0.9, 0.999), (0.5, 0.9)], [1e-8, 1e-2], [0, 0.1], [False, True]
    )
]
RMSPROP_OPTIONS = [
    {"alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum, "centered": centered}
    for alpha, eps, weight_decay, momentum, centered in itertools.product(
        [0.99, 0.5], [1e-8, 1e-2], [0, 0.1], [0, 0.9], [False, True]
    )
]
ADAGRAD_OPTIONS = [
    {"lr_decay": lr_decay, "weight_decay": weight_decay, "initial_accumulator_value": start, "eps": eps}
    for lr_decay, weight_decay, start, eps in itertools.product([0, 0.1], [0, 0.1], [0, 0.5], [1e-10, 1e-2])
]
OPTIMIZERS = {
    SGD: SGD_OPTIONS,
    Adam: ADAM_OPTIONS,
    AdamW: ADAM_OPTIONS,
    RMSprop: RMSPROP_OPTIONS,
    Adagrad: ADAGRAD_OPTIONS,
}
CASES = [
    pytest.param(Optimizer, options, id=f"{Optimizer.__name__} {' '.join(map(str, options.values()))}")
    for Optimizer, all_options in OPTIMIZERS.items()
    for options in [{}, *all_options, {"maximize": True, "weight_decay": 0.1}]
]


def network(dtype=np.float64):
    return Sequential(Linear(3, 5, rng=0, dtype=dtype), Tanh(), Linear(5, 2, rng=1, dtype=dtype))


def step(network, optimizer, X, T):
    loss = SoftmaxCrossEntropy()
    loss.forward(network.forward(X), T)
    network.backward(loss.backward())
    optimizer.step()


def normed(dtype=np.float64):
    """A network with norms, which learns γ and β."""
    draw = {"rng": 0, "dtype": dtype}
    return Sequential(Linear(3, 5, **draw), LayerNorm(5, dtype=dtype), Tanh(), Linear(5, 2, **draw))


def lockstep(
    ours, make, make_torch, steps=100, each=lambda step, ours, theirs, optimizer, torch_optimizer: None
):
    """Both learn from the same weights and batches; ``each`` does what a step does beside it, before the update."""
    modules = {Linear: lambda layer: torch.nn.Linear(*layer.params["W"].shape[::-1])}
    modules |= {LayerNorm: lambda layer: torch.nn.LayerNorm(5), Tanh: lambda layer: torch.nn.Tanh()}
    theirs = torch.nn.Sequential(*(modules[type(layer)](layer) for layer in ours.layers)).double()
    with torch.no_grad():
        for W_torch, W in zip(theirs.parameters(), ours.params.values(), strict=True):
            W_torch.copy_(torch.from_numpy(W))
    optimizer, torch_optimizer = make(ours), make_torch(theirs)
    rng, loss = np.random.default_rng(0), SoftmaxCrossEntropy()
    for k in range(1, steps + 1):
        X, T = rng.standard_normal((7, 3)), rng.integers(0, 2, 7)
        loss.forward(ours.forward(X), T)
        ours.backward(loss.backward())
        torch_optimizer.zero_grad()
        torch.nn.functional.cross_entropy(theirs(torch.from_numpy(X)), torch.from_numpy(T)).backward()
        each(k, ours, theirs, optimizer, torch_optimizer)
        optimizer.step()
        torch_optimizer.step()
    for W_torch, W in zip(theirs.parameters(), ours.params.values(), strict=True):
        np.testing.assert_allclose(W, W_torch.detach().numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("Optimizer", "options"), CASES)
def test_steps_are_those_of_pytorch(Optimizer, options):
    """A hundred with the defaults; with each choice of options enough for its memory to matter."""
    theirs = getattr(torch.optim, Optimizer.__name__)
    lockstep(
        network(),
        lambda net: Optimizer(net, lr=0.01, **options),
        lambda module: theirs(module.parameters(), lr=0.01, **options),
        steps=30 if options else 100,
    )


@pytest.mark.parametrize("Optimizer", OPTIMIZERS)
def test_a_group_without_weight_decay_is_that_of_pytorch(Optimizer):
    def grouped(module):
        groups = [
            {"params": [W for W in module.parameters() if W.ndim > 1], "weight_decay": 0.1},
            {"params": [W for W in module.parameters() if W.ndim < 2], "weight_decay": 0.0},
        ]
        return getattr(torch.optim, Optimizer.__name__)(groups, lr=0.05)

    lockstep(
        normed(), lambda net: Optimizer(net, 0.05, weight_decay=0.1, no_decay=norms_and_biases(net)), grouped
    )


def test_norms_and_biases_are_known_by_what_their_layers_say():
    net = Sequential(Sequential(Linear(3, 4, rng=0), LayerNorm((2, 2))), Linear(4, 2, bias=False, rng=0))
    assert norms_and_biases(net) == ("0.0.b", "0.1.gamma", "0.1.beta")
    assert "no_decay=('0.0.b',)" in repr(SGD(net, no_decay=["0.0.b"])) and "no_decay" not in repr(SGD(net))
    with pytest.raises(
        ValueError, match=r"no_decay has '7.b', and the parameters are 0.0.W, 0.0.b, 0.1.gamma"
    ):
        AdamW(net, no_decay=["7.b"])
    with pytest.raises(TypeError, match=r"no_decay='0.0.b': write \('0.0.b',\)"):
        AdamW(net, no_decay="0.0.b")


@pytest.mark.parametrize("max_norm", [0.05, 0.3, 100.0])
def test_clipping_is_that_of_pytorch(max_norm):
    norms = []

    def clip(step, ours, theirs, optimizer, torch_optimizer):
        norm = clip_by_norm(ours, max_norm)
        assert norm == pytest.approx(
            float(torch.nn.utils.clip_grad_norm_(theirs.parameters(), max_norm)), rel=1e-11
        )
        norms.append(norm)

    lockstep(
        network(),
        lambda net: SGD(net, 0.5),
        lambda module: torch.optim.SGD(module.parameters(), 0.5),
        each=clip,
    )
    assert max_norm == 100 or any(norm > max_norm for norm in norms)


def test_clipping_keeps_the_direction_and_the_arrays():
    net = network(np.float32)
    net.backward(net.forward(np.ones((2, 3), np.float32)))
    kept = {key: (dW, dW.copy()) for key, dW in net.grads.items()}
    norm = clip_by_norm(net, 0.1)
    assert norm == pytest.approx(float(np.sqrt(sum((dW**2).sum() for _, dW in kept.values()))), rel=1e-6)
    for key, (dW, before) in kept.items():
        assert net.grads[key] is dW and dW.dtype == np.float32
        np.testing.assert_allclose(dW, before * 0.1 / norm, rtol=1e-5)
    assert clip_by_norm(net, 0.1) == pytest.approx(0.1, rel=1e-4)


def test_clipping_what_is_not_there_or_no_number():
    net = network()
    with pytest.raises(RuntimeError, match=r"clip_by_norm before backward\(dY\)"):
        clip_by_norm(net, 1.0)
    net.backward(net.forward(np.ones((2, 3))))
    with pytest.raises(ValueError, match="max_norm is at least 0, not -1"):
        clip_by_norm(net, -1)
    net.grads["0.b"][0] = np.nan
    assert np.isnan(clip_by_norm(net, 1.0)) and all(np.isnan(dW).all() for dW in net.grads.values())


@pytest.mark.parametrize("final", [0.0, 0.01])
def test_a_cosine_is_that_of_pytorch(final):
    net, module = network(), torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(module.parameters(), 0.3)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40, final)
    for step in range(1, 41):
        assert cosine(0.3, 40, final=final)(step) == pytest.approx(theirs.get_last_lr()[0], rel=1e-12)
        optimizer.step()
        theirs.step()
    assert cosine(0.3, 40, final=final)(41) == cosine(0.3, 40, final=final)(99) == final
    assert net


def test_a_warm_up_rises_in_a_line_to_the_full_rate():
    rate = cosine(0.8, 10, warmup=3)
    assert [rate(step) for step in (1, 2, 3, 4)] == pytest.approx([0.2, 0.4, 0.6, 0.8], rel=1e-15)
    falling = [rate(step) for step in range(4, 12)]
    assert falling == sorted(falling, reverse=True) and falling[-1] == 0
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match=f"warmup lies between 0 and the 10 steps, not at {wrong}"):
            cosine(0.1, 10, wrong)
    with pytest.raises(ValueError, match=r"a learning rate is at least 0, not lr=-0.1 and final=0"):
        cosine(-0.1, 10)


@pytest.mark.parametrize("Optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (lambda dW: dW[:1], r"the gradient of 2.b has shape \(1,\), but 2.b has shape \(2,\)"),
        (
            lambda dW: dW.astype(np.float32),
            "the gradient of 2.b has dtype float32, but 2.b has dtype float64",
        ),
        (lambda dW: dW.astype(int), "the gradient of 2.b has dtype int64"),
    ],
)
def test_no_gradient_is_broadcast_and_nothing_changes_before_all_are_checked(Optimizer, spoilt, said):
    net = network()
    optimizer = Optimizer(net, 0.1)
    step(net, optimizer, np.ones((2, 3)), np.array([0, 1]))
    weights = {key: W.copy() for key, W in net.params.items()}
    memory = {key: A.copy() for key, A in optimizer.saved().items()}
    net.layers[2].grads["b"] = spoilt(net.layers[2].grads["b"])  # the last one
    with pytest.raises((ValueError, TypeError), match=said):
        optimizer.step()
    for kept, now in ((weights, net.params), (memory, optimizer.saved())):
        assert kept.keys() == now.keys()
        for key, A in kept.items():
            np.testing.assert_array_equal(now[key], A)


@pytest.mark.parametrize("Optimizer", OPTIMIZERS)
def test_defaults_are_those_of_pytorch(Optimizer):
    theirs = getattr(torch.optim, Optimizer.__name__)([torch.zeros(1, requires_grad=True)]).defaults
    optimizer = Optimizer(network())
    options = set(inspect.signature(Optimizer).parameters) - {"network", "no_decay"}
    assert "lr" in options and all(getattr(optimizer, name) == theirs[name] for name in options)


@pytest.mark.parametrize("Optimizer", OPTIMIZERS)
def test_parameters_move_in_place_and_keep_their_dtype(Optimizer):
    net = network(np.float32)
    before = dict(net.params)
    values = {key: W.copy() for key, W in before.items()}
    step(net, optimizer := Optimizer(net, lr=0.1), np.ones((2, 3), np.float32), np.array([0, 1]))
    grads = {key: dW.copy() for key, dW in net.grads.items()}
    optimizer.step()
    for key, W in net.params.items():
        assert W is before[key]
        assert W.dtype == np.float32
        assert not np.array_equal(W, values[key])
        np.testing.assert_array_equal(net.grads[key], grads[key])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda net: SGD(net, lr=-1), "lr is at least 0"),
        (lambda net: SGD(net, lr=float("nan")), "lr is at least 0"),
        (lambda net: SGD(net, momentum=-1), "momentum is at least 0"),
        (lambda net: SGD(net, weight_decay=-1), "weight_decay is at least 0"),
        (lambda net: SGD(net, nesterov=True), "nesterov needs momentum > 0 and dampening = 0"),
        (lambda net: SGD(net, momentum=0.9, dampening=0.1, nesterov=True), "nesterov needs"),
        (lambda net: Adam(net, betas=(0.9, 1)), "betas lie in"),
        (lambda net: Adam(net, eps=-1), "eps is at least 0"),
        (lambda net: AdamW(net, weight_decay=-1), "weight_decay is at least 0"),
        (lambda net: RMSprop(net, alpha=-1), "alpha is at least 0"),
        (lambda net: RMSprop(net, momentum=-1), "momentum is at least 0"),
        (lambda net: Adagrad(net, lr_decay=-1), "lr_decay is at least 0"),
        (lambda net: Adagrad(net, initial_accumulator_value=-1), "initial_accumulator_value is at least 0"),
    ],
)
def test_bad_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(network())


def test_a_learning_rate_is_a_number():
    with pytest.raises(TypeError, match="lr is 'x', and should be a number"):
        SGD(network(), lr="x")


def test_a_step_without_gradients_is_refused():
    with pytest.raises(RuntimeError, match=r"step\(\) before backward\(dY\): 0.W, 0.b, 2.W, 2.b has no"):
        SGD(network()).step()
