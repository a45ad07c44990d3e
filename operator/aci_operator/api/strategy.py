"""How a changed template is rolled out: a Deployment's block, and a canary."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, WithJsonSchema

from aci_operator.api.base import Model
from aci_operator.api.rules import VALIDATIONS, rule, rules


def _up_to(most: int, percentages: str) -> WithJsonSchema:
    """Return the schema of a number of replicas, or of a percentage that matches."""
    allowed = rule(
        f"type(self) == int ? self >= 0 : self.matches(r'^({percentages})%$')",
        f"give a number of replicas, or a percentage from 0% to {most}%",
    )
    return WithJsonSchema({"x-kubernetes-int-or-string": True, "maxLength": 4, VALIDATIONS: [allowed]})


Amount = Annotated[int | str, _up_to(100, "100|[1-9]?[0-9]")]
"""A number of replicas, or a percentage of them such as "25%"."""

Surge = Annotated[int | str, _up_to(999, "[1-9]?[0-9]|[1-9][0-9]{2}")]
"""The same; more than all of them may be made beside them, as for a Deployment."""


def _zero(field: str) -> str:
    return f"(type({field}) == int ? {field} == 0 : {field} == '0%')"


class StrategyType(StrEnum):
    """How replicas of an older revision are replaced."""

    ROLLING_UPDATE = "RollingUpdate"
    RECREATE = "Recreate"


class RollingUpdate(Model):
    """How far a rollout may go above and below the wanted number, and how many go first."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                f"!(has(self.maxSurge) && {_zero('self.maxSurge')}) || "
                f"(has(self.maxUnavailable) && !{_zero('self.maxUnavailable')})",
                "maxSurge and maxUnavailable cannot both be 0, or no replica could ever be replaced: raise one of them",
                at=".maxUnavailable",
            )
        )
    )

    max_surge: Surge = Field(
        default=1,
        description="Container groups beyond the wanted number, as a number or a percentage, which is rounded up.",
    )
    max_unavailable: Amount = Field(
        default=0,
        description="Replicas that may be missing, as a number or a percentage, rounded down; 0 when left out.",
    )
    canary: Amount = Field(
        default=1,
        description="Replicas of a new revision that must be available before the others follow, as a number or a "
        "percentage, which is rounded up; at most as many as maxSurge and maxUnavailable together; 0 turns it off.",
    )


class Strategy(Model):
    """How a changed template reaches the replicas."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "!has(self.type) || self.type != 'Recreate' || !has(self.rollingUpdate)",
                "rollingUpdate is for type RollingUpdate only: take it out or change the type",
                at=".rollingUpdate",
                reason="FieldValueForbidden",
            )
        )
    )

    type: StrategyType = Field(
        default=StrategyType.ROLLING_UPDATE,
        description="RollingUpdate replaces little by little, Recreate ends all old replicas before the first new one.",
    )
    rolling_update: RollingUpdate = Field(
        default_factory=RollingUpdate, description="For RollingUpdate: how many at a time."
    )
