"""Says how a work was called, and why one could not be: each of these with the line of code to add."""

from helpers.verdict import Kind

WANTED = "a class or an object with forward and backward is asked for, or two functions, (forward, backward)"
MADE = (
    "{said} cannot be made: {error}. A class is made %s; what else it needs must have a default. Make the object "
    "yourself, at the sizes of like, and hand that over: diagnose({of}(...), like=...)."
)

# fmt: off
DOOR: dict[tuple[Kind, str], str] = {
    (Kind.TAKEN_AS, ""): "Taken as: {how}.",
    (Kind.TAKEN_AS, "both"): "It fits as well: {also}.",
    (Kind.TAKEN_AS, "otherwise"): "All is right where it is meant as: {otherwise}.",
    (Kind.TARGETS, ""):
        "Nothing says what T is, and forward takes more than one sort of it. With one, {how}, {of} is not the gradient "
        "of L; with another, backward comes to something else. Say which loss it is: "
        'like="bce with logits", or --like "bce with logits" for a file, say.',
    (Kind.TAKEN_AS, "whole windows"): "Tried on images that its windows fill: with a row or a column over, it stops.",
    (Kind.UNLOOKED, ""):
        "Right as far as looked: the result depends on {arrays} too, and no gradient of that was compared. With "
        "like=... it is, or where it is kept in params[...] and its gradient in grads[...].",
    (Kind.UNLOOKED, "first layer"):
        "Right as far as looked: backward updates the parameters and returns no {of}, which a first layer has no use "
        "for. For any other, return it.",
    (Kind.UNLOOKED, "mask"):
        "Right as far as looked: {of} was not judged. It is right in no convention that was tried, and no mistake that "
        "is known makes what comes out with it.",
    (Kind.INTERFACE, "text"): "{work!r:.60} is no layer: " + WANTED + ".",
    (Kind.INTERFACE, "several"): "a {type} of {count} is no layer: " + WANTED + ".",
    (Kind.INTERFACE, "no method"):
        "{of} has no {missing}: " + WANTED + ". Give the method its name, in the class: {missing} = ...",
    (Kind.INTERFACE, "no methods"): "{of} has no forward and backward: " + WANTED + ".",
    (Kind.INTERFACE, "no like"):
        "{of} is made with {needs}, and like is missing, from which the sizes come: diagnose({of}, "
        'like="linear"), say. Or make the object yourself: diagnose({of}(...)).',
    (Kind.INTERFACE, "no forward"):
        "{of} alone is a step backward, and nothing says of which Y: diagnose((forward, {of})), or name what it is of, "
        'diagnose({of}, like="relu"), say.',
    (Kind.INTERFACE, "made with nothing"): MADE % "with nothing where like has no W",
    (Kind.INTERFACE, "made with N"): MADE % "with N, its size",
    (Kind.INTERFACE, "made with M and N"): MADE % "with M and N, its sizes",
    (Kind.INTERFACE, "no parameter"):
        'There is no parameter {of}: neither params["{of}"] nor an attribute {of} is an array. {there} '
        'Keep it there: self.{of} = ...',
    (Kind.INTERFACE, "order"): "{name} asks for an upstream gradient: the order is (forward, backward).",
    (Kind.INTERFACE, "too many names"):
        "{of} asks for {asked}, and there are only {given}: use these names, or hand over what they mean, "
        "diagnose(..., {first}=...).",
    (Kind.INTERFACE, "unknown names"):
        "{of} asks for {asked}, and nothing here has that name: {given} can be had, and what you "
        "hand to diagnose by name, diagnose(..., {first}=...).",
    (Kind.INTERFACE, "takes nothing"): "{of} takes no argument, where X is handed over: def forward(self, X).",
    (Kind.INTERFACE, "failed"): "It could not be judged: {error}.",
}
# fmt: on
