"""Letters that Python can have as names: W_{in} is W_in in code, and looks the same on the page."""

import re
from dataclasses import replace

from helpers.derive import Chain, tensor
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import Tensor

ASSUMED = "positive", "integer"


def with_plain_letters(chain: Chain) -> Chain:
    """The chain with each tensor under the name that it has in code; one whose letters have such names is as it was."""
    letters = sorted((t for t in chain.tensors if isinstance(t, Tensor)), key=name_of)
    odd = [t for t in letters if not name_of(t).isidentifier()]
    if not odd or chain.recursions or {plain_name(t) for t in odd} & set(map(name_of, letters)):
        return chain
    plain = {t: tensor(plain_name(t), *t.shape, **assumptions(t)) for t in odd}
    renamed = [replace(d, left=d.left.xreplace(plain), right=d.right.xreplace(plain)) for d in chain]
    return Chain(renamed, [plain.get(t, t) for t in chain.given], chain.where)


def plain_name(t: Tensor) -> str:
    """W_in of W_{in}, H_l of H^{l}."""
    return code_name(re.sub("[{}]", "", name_of(t).replace("^", "_")))


def assumptions(t: Tensor) -> dict[str, bool]:
    """What is known of the entries of a tensor."""
    return {name: True for name in ASSUMED if t.label.assumptions0.get(name)}
