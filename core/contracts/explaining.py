"""How a model's answers are shared out among its features: the same for a baseline and for what is compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Method = Literal["permutation", "kernel_shap", "lime"]
"""Of a model that is asked for answers and nothing else (`core.attribution`)."""
METHODS: tuple[Method, ...] = get_args(Method)
LIME: Method = "lime"
"""The one whose values do not add up to the answer."""


@dataclass(frozen=True, slots=True)
class Explaining:
    """Lies in the baseline as well: there stands how the training set was explained."""

    by: Method = "permutation"
    """How a model is explained that is neither of trees (TreeSHAP, exact) nor of torch (Integrated Gradients)."""
    of_class: int | None = None
    """Of a multiclass problem, the class that every row is explained for; None: the class that the model answers."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of features whose attributions are told together as well, summed row by row."""

    def to_value(self) -> dict[str, Any]:
        """
        >>> told = Explaining(of_class=2, groups={"money": ("salary", "bonus")})
        >>> Explaining.from_value(told.to_value()) == told
        True
        """
        return asdict(self)

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Explaining:
        return cls(**{**value, "groups": {name: tuple(members) for name, members in value.get("groups", {}).items()}})
