"""What is said of an optimizer and of an initialisation."""

from helpers.verdict import Kind

# fmt: off
TRAINING: dict[tuple[Kind, str], str] = {
    (Kind.INTERFACE, "optimizer"):
        "{of} could not be run as an optimizer: a class with step() or update(params, grads) is asked for, or a "
        "function of weights and gradients that returns the new weights.",
    (Kind.SIGN, "step"): "{of} goes up the gradient where it should go down: W − lr dW.",
    (Kind.FACTOR, "step"): "The first step of {of} is {difference}: is the learning rate in it once?",
    (Kind.WRONG_VALUE, "step"): "{of} is wrong after the first step: {difference}.",
    (Kind.EARLIER_CALLS, "step"):
        "{of} is right at first, and wrong from step {step} on: something that should be kept from step to step is "
        "not, or belongs to another weight.",
    (Kind.WRONG_VALUE, "dampened"):
        "The velocity is μ V + (1 − μ) dW, where PyTorch has μ V + dW: its steps are longer.",
    (Kind.WRONG_VALUE, "ε inside"): "ε stands under the root, and in PyTorch beside it: either is in use.",
    (Kind.WRONG_VALUE, "ε before the correction"):
        "ε is added before v is corrected, as in the fast form of the paper, and in PyTorch after that.",
    (Kind.WRONG_VALUE, "nothing kept"): "Nothing is kept from step to step: the average is this gradient alone.",
    (Kind.WRONG_VALUE, "no correction"):
        "m and v are not divided by 1 − βᵗ: they start at 0 and are too small at first.",
    (Kind.WRONG_VALUE, "corrected once"): "m is divided by 1 − β₁ᵗ, and v is not divided by 1 − β₂ᵗ.",
    (Kind.WRONG_VALUE, "t stays 1"): "t does not grow: the correction stays that of the first step.",
    (Kind.WRONG_VALUE, "not squared"): "v is the average of |dW| where that of dW² is right.",
    (Kind.WRONG_VALUE, "no root"): "The step is divided by v where √v is right.",
    (Kind.WRONG_VALUE, "one beta"): "v has β₁ where β₂ is right.",
    (Kind.WRONG_VALUE, "decay in the gradient"):
        "The weight decay is in the gradient, and so divided by √v: AdamW takes it from W directly.",
    (Kind.INTERFACE, "initialisation"):
        "{of} could not be called as an initialisation: a function of the numbers of inputs and outputs, or of a "
        "shape, that returns W is asked for, or a layer that has one.",
    (Kind.INTERFACE, "penalty"):
        "{of} could not be called as a penalty: two functions of W are asked for, (penalty, gradient), or one that "
        "returns both.",
    (Kind.OTHER_MEAN, "half"): "The penalty has ½ in front, and so its gradient has no 2: either is in use.",
    (Kind.ZERO, "initialisation"): "All weights are equal: all units learn the same.",
    (Kind.WRONG_VALUE, "mean"): "The weights have a mean of {mean:.3g}, where it should be 0.",
    (Kind.FORWARD, "spread"):
        "The weights have a standard deviation of {std:.4g}, where {formula} = {right:.4g} is right, with M inputs "
        "and N outputs.",
    (Kind.FORWARD, "spread that has a name"):
        "The weights have a standard deviation of {found} = {std:.4g}, where {formula} = {right:.4g} is right, with M "
        "inputs and N outputs.",
    (Kind.TRANSPOSED, "fan"): "The spread is {formula} where the first axis of W is that of the inputs, W (M, N).",
    (Kind.WRONG_FUNCTION, "distribution"):
        "The numbers are {seen} where {shape} ones were asked for: their spread is right, which is what counts.",
}
# fmt: on
