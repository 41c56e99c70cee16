"""What a diagnosis says of layers of sequences: of recurrent ones, of attention, of a block and an embedding."""

from helpers.verdict import Kind

# fmt: off
SEQUENCES: dict[tuple[Kind, str], str] = {  # of what goes wrong on the way back, the quantities that it reaches follow
    (Kind.NOT_HANDED_ON, "h"):
        "What goes back to H_{{t−1}} is not handed on: each dH_t begins afresh with dY_t, where dY_t and what "
        "time t + 1 sends back belong together.",
    (Kind.NOT_HANDED_ON, "c"):
        "What goes back to C_{{t−1}} is not handed on: dC_{{t−1}} begins with dC_t ∘ F_t, and here it begins "
        "with 0.",
    (Kind.LAST_STATE, ""): "The gradient of the last state, d{letter}_T, does not enter: backward begins with it.",
    (Kind.GATE_LEFT_OUT, "F"):
        "The forget gate is left out on the way back: dC_{{t−1}} is dC_t ∘ F_t, as C_t has F_t ∘ C_{{t−1}} in "
        "it.",
    (Kind.GATE_LEFT_OUT, "O"):
        "The output gate is left out on the way back: dC_t has dH_t ∘ O_t ∘ tanh′ in it, as H_t is O_t ∘ "
        "tanh(C_t).",
    (Kind.DERIVATIVE_MISSING, "step"): "h′ is forgotten: dA_t is dH_t ∘ h′, with 1 − H_t² for tanh.",
    (Kind.DERIVATIVE_MISSING, "gate"):
        "{h} is forgotten at the gate {gate}: its gradient is handed on to W and U as if the gate were linear.",
    (Kind.DERIVATIVE_MISSING, "cell"):
        "tanh′ is forgotten between H_t and C_t: dC_t has dH_t ∘ O_t ∘ (1 − tanh²(C_t)) in it.",
    (Kind.DERIVATIVE_MISSING, "softmax"):
        "The softmax is left out on the way back: dS is dP, where P ∘ (dP − Σ dP P) is right.",
    (Kind.DERIVATIVE_MISSING, "gate of SwiGLU"):
        "The derivative of the gate is wrong: SiLU′(A) is σ(A) (1 + A (1 − σ(A))), and here it is {term}.",
    (Kind.WRONG_ARRAY, "slope"): "h′ is taken at {letter}_t: tanh′ at A_t is 1 − tanh²(A_t).",
    (Kind.WRONG_ARRAY, "state"):
        "dU has H_t where H_{{t−1}} belongs: A_t is made of the state before, and the first of them is H_0.",
    (Kind.WRONG_ARRAY, "cell"): "dF_t is dC_t ∘ C_t where dC_t ∘ C_{{t−1}} is right: F_t multiplies the cell before.",
    (Kind.WRONG_ARRAY, "tanh"): "dO_t is dH_t ∘ C_t where dH_t ∘ tanh(C_t) is right.",
    (Kind.PATH_MISSING, "H to C"):
        "The path from H_t to C_t is missing: dC_t is not only what time t + 1 sends, it has dH_t ∘ O_t ∘ tanh′ "
        "in it.",
    (Kind.PATH_MISSING, "straight"): "The path straight from H_t to H_{{t−1}} is missing: it carries dH_t ∘ Z_t.",
    (Kind.PATH_MISSING, "R"):
        "The path through R_t is missing: the reset gate multiplies in the candidate, and has a gradient.",
    (Kind.NOT_SUMMED, "one time"):
        "The {which} time stands for all: the same weights are used at every time, and their gradients add up, "
        "+= and not =.",
    (Kind.GATE_LEFT_OUT, "R"):
        "The reset gate is left out on the way back: dB_t of the candidate is dA_t ∘ R_t, as R_t multiplies B_t.",
    (Kind.SIGN, "gate"):
        "The gate {gate} has the wrong sign: dZ_t is dH_t ∘ (H_{{t−1}} − C_t), as Z_t keeps the old and drops the new.",
    (Kind.UPSTREAM_IGNORED, "times"):
        "dY_t enters at the last time alone: each Y_t is a result, and its gradient joins at its own time.",
    (Kind.TRANSPOSED, "U"): "dH_{{t−1}} is dA_t U, and U is transposed here: it is square, so both run.",
    (Kind.PATH_MISSING, "gate"): "dX has two paths, through X Wᵀ and through X Vᵀ: that through {other} is missing.",
    (Kind.NOT_SUMMED, "row"):
        "dE has lost gradients: of an id that comes more than once only the {which} place counts. dE[ids] += dY "
        "writes each row once, np.add.at adds them all.",
    (Kind.PADDING, ""): "dE has a gradient in row {i}, that of the padding: what stands for nothing learns nothing.",
    (Kind.SCALE, ""): "Y is wrong: the scores are not divided by √D.",
    (Kind.SCALE, "other"):
        "Y is wrong: the scores are divided by √{letter} = √{n}, where √D is right, D the width of a query.",
    (Kind.SCALE, "backward"): "1/√D is left out on the way back: it stands in dQ and dK too.",
    (Kind.TRANSPOSED, "dS"): "dK is dSᵀ Q / √D, and dS is not transposed here. Square sizes let both run.",
    (Kind.TRANSPOSED, "P"): "dV is Pᵀ dY, and P is not transposed here. Square sizes let both run.",
    (Kind.DIAGONAL_ONLY, "scores"): "The softmax has only the diagonal of its Jacobian: Σ dP P is missing from dS.",
    (Kind.WRONG_AXIS, "softmax"):
        "Y is wrong: the softmax goes over the queries. Each query weighs the keys: its row of P, the last "
        "axis, sums to 1.",
    (Kind.MASK, "after"):
        "Y is wrong: the mask comes after the softmax, so that the rows of P no longer sum to 1. Set S to −∞ "
        "before.",
    (Kind.MASK, "none"):
        "Y is wrong: a query sees the keys that come later. Causal, it sees those up to its own place.",
    (Kind.MASK, "ignored"): "{name} does not enter: Y is the same whatever it hides.",
    (Kind.MASK, "not asked"):
        "Y is wrong: a query does not see the keys that come later, and nothing asks for that: `like` is not causal.",
    (Kind.MASK, "queries"):
        "Y is wrong: the padding hides queries. It stands for keys that nobody may look at: a column of S, not a row.",
    (Kind.MASK, "turned"):
        "Y is wrong: the mask is turned round, and a query sees itself and the keys that come later.",
    (Kind.MASK, "itself"):
        "Y is wrong: a query does not see its own place. Causal, it sees the keys up to its own place.",
    (Kind.MASK, "zero"): "Y is wrong: S is 0 where a query may not look, and exp 0 is 1. It takes −∞.",
    (Kind.HEADS, "split"):
        "Y is wrong: (S, T, E) is cut into heads by a reshape to (S, H, T, D) alone, which mixes places. "
        "Reshape to (S, T, H, D), then transpose.",
    (Kind.HEADS, "joined"):
        "Y is wrong: the heads (S, H, T, D) are joined by a reshape alone, which mixes places. Transpose to (S, "
        "T, H, D) first.",
    (Kind.HEADS, "both"):
        "Y is wrong: (S, T, E) is cut into heads, and joined, by a reshape to (S, H, T, D) alone, which mixes "
        "places. Reshape to (S, T, H, D), then transpose, and back alike.",
    (Kind.NORM_PLACE, ""): "Y is wrong: the norms stand {other}.",
    (Kind.NORM_PLACE, "normed"):
        "Y is wrong: the path {past} carries the normed array. It carries X as it is, and only the layers see "
        "the norm.",
    (Kind.PATH_MISSING, "residual"):
        "The path {past} is missing on the way back: of a sum both terms have the gradient.",
    (Kind.PATH_MISSING, "no residual"): "Y is wrong: the path {past} is missing.",
    (Kind.WRONG_FUNCTION, "GLU"): "Y is wrong: the gate is σ(A), as in GLU, where A σ(A) is right.",
    (Kind.SWAPPED, "gate"): "Y is wrong: the gate is made of X Vᵀ, where it is made of X Wᵀ.",
}
# fmt: on
