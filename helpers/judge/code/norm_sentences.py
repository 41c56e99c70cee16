"""Says what is wrong with a normalisation or with dropout, which are other layers in evaluation than in training."""

from helpers.verdict import Kind

# fmt: off
NORMS: dict[tuple[Kind, str], str] = {
    (Kind.FACTOR, "kept entries"):
        "Y is {scale:.4g} X where it is kept, and 1/(1 − p) = {right:.4g} times X is right.",
    (Kind.FACTOR, "mask backward"):
        "dX is {scale:.4g} times the right value where M keeps it: dX = M ∘ dY, with the 1/(1 − p) that Y has.",
    (Kind.WRONG_AXIS, "layer norm"):
        "Y is wrong: each sample is normalised by itself, as in layer norm: μ and σ go over the "
        "samples here.",
    (Kind.WRONG_AXIS, "batch norm"):
        "Y is wrong: each feature is normalised over the samples, as in batch norm: μ and σ go "
        "over the features here.",
    (Kind.FORWARD, "root"): "Y is wrong: it is divided by √σ, where σ = √v is right: one root too many.",
    (Kind.FORWARD, "variance"): "Y is wrong: it is divided by σ², where σ = √v is right: the root is missing.",
    (Kind.WRONG_ARRAY, "root backward"): "dX is wrong: it is divided by √σ, where σ is right.",
    (Kind.WRONG_ARRAY, "variance backward"): "dX is wrong: it is divided by σ², where σ is right.",
    (Kind.WRONG_ARRAY, "gamma"): "dγ is Σ dY X where Σ dY X̂ is right: γ stands beside X̂, not beside X.",
    (Kind.WRONG_VALUE, "channel"): "Y has a draw for each entry, where one for each channel was asked for.",
    (Kind.WRONG_AXIS, "channel"): "Y is dropped by whole channels, one draw for all places of each.",
    (Kind.WRONG_VALUE, "one mask"): "Y has the same mask for all samples: draw one entry by one.",
    (Kind.WRONG_VALUE, "other mask"): "dX is wrong: dX = M ∘ dY with the mask that forward drew.",
    (Kind.SHAPE, "dropout"): "Y and dX have the shape {want} of X, not {got} and {gradient}.",
    (Kind.DERIVATIVE_MISSING, "dropout"):
        "dX is dY as it came: what was dropped has no gradient. dX = M ∘ dY.",
    (Kind.UNBIASED_VARIANCE, ""):
        "Y has the unbiased variance, over {letter} − 1: the biased one, over {letter}, is right.",
    (Kind.EPSILON_OUTSIDE, ""):
        "Y has √v + ε with ε = {eps:.3g}, where PyTorch has √(v + ε): either is in use.",
    (Kind.OTHER_EPSILON, ""): "Y has ε = {eps:.3g} under the root, where {like:.3g} was asked for.",
    (Kind.PATH_TWICE, "mean"): "dX is wrong: the path through the mean is {difference}.",
    (Kind.PATH_TWICE, "variance"): "dX is wrong: the path through the variance is {difference}.",
    (Kind.PATH_TWICE, "both"): "dX is wrong: each of the paths through the mean and the variance is {difference}.",
    (Kind.PATH_TWICE, "each"):
        "dX is wrong: the path through the mean counts {a:.4g} times, that through the variance {b:.4g} times.",
    (Kind.STATISTICS_CONSTANT, "mean"):
        "dX is wrong: the path through the mean is missing: μ depends on X too.",
    (Kind.STATISTICS_CONSTANT, "variance"):
        "dX is wrong: the path through the variance is missing: σ depends on X too.",
    (Kind.STATISTICS_CONSTANT, "both"):
        "dX is wrong: μ and σ are taken for constants: both depend on X, and their paths are missing.",
    (Kind.GAMMA_LEFT_OUT, "forward"): "Y is wrong: γ does not enter.",
    (Kind.GAMMA_LEFT_OUT, "outside"):
        "dX has γ in front of the whole: it belongs to dY inside of the means, dX̂ = γ dY, and comes out of them only "
        "where all its entries are equal.",
    (Kind.GAMMA_LEFT_OUT, "backward"): "dX is without γ: dX̂ = γ dY comes first.",
    (Kind.NOT_SCALED, "forward"):
        "Y is {scale:.4g} X where it is kept, and 1/(1 − p) = {right:.4g} times X is right.",
    (Kind.NOT_SCALED, "classic"):
        "Classic dropout: Y = X where it is kept, and in evaluation {scale:.4g} X. PyTorch divides by 1 − p in "
        "training, and evaluation needs no factor.",
    (Kind.NOT_SCALED, "backward"): "dX is without the 1/(1 − p) that Y has: dX = M ∘ dY.",
    (Kind.DROP_FOR_KEEP, ""):
        "of the entries of X {dropped:.0%} are dropped, where p = {p:g} is the probability to drop one.",
    (Kind.DROP_FOR_KEEP, "kept"):
        "p = {p:g} is the probability to keep an entry here, and in PyTorch that to drop one.",
    (Kind.FORWARD, "not centred"): "Y is wrong: the mean is not subtracted.",
    (Kind.FORWARD, "not divided"): "Y is wrong: it is not divided by σ.",
    (Kind.FORWARD, "share"):
        "of the entries of X {dropped:.0%} are dropped, where p = {p:g} is the probability to drop one.",
    (Kind.AT_EXTREMES, "mean"):
        "With a mean that is large beside σ: {seen} Is the variance the mean of X² less the square of the mean?",
    (Kind.BATCH_IN_EVALUATION, ""):
        "Right while training, but in evaluation it normalises by the statistics of the batch, "
        "where the running ones are right.",
    (Kind.RUNNING_BIASED, ""):
        "The running variance is the biased one, over S. PyTorch's is over S − 1, as it is an estimate for "
        "new samples.",
    (Kind.MOMENTUM_REVERSED, ""):
        "Momentum is what is kept of the running statistics. In PyTorch it is what is taken of the batch: running ← "
        "(1 − m) running + m batch.",
    (Kind.IN_EVALUATION, ""):
        "Right while training, but in evaluation {of} is wrong: are μ and v the running ones, and constants?",
    (Kind.IN_EVALUATION, "dropout"):
        "Right while training, but in evaluation Y = X: nothing is dropped or scaled there.",
    (Kind.IN_EVALUATION, "backward"):
        "In evaluation {of} is still that of training.",
    (Kind.IN_EVALUATION, "no mode"):
        "It drops in evaluation as in training, if its option says which: there nothing is dropped.",
    (Kind.EARLIER_CALLS, "mask"): "Y has the same mask at every call: each forward draws a new one.",
}
# fmt: on
