"""Kubernetes quantities, and what Azure Container Instances makes of them.

ACI takes CPU as a number of cores and memory as a number of GB of 10^9 bytes. Both are rounded up, so that a container
never gets less than was asked for.
"""

import re
from decimal import ROUND_CEILING, Context, Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from aci_operator.api.rules import rule, rules

_UNITS: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}
_UNIT: Final = "|".join(_UNITS)
_EXPONENT: Final = "[eE][-+]?[0-9]{1,3}"
_FORM: Final = re.compile(rf"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:({_EXPONENT})|({_UNIT}))?")
# The same for the API server, whose expressions cannot look ahead: a digit above zero before or after the point.
_POSITIVE: Final = rf"^([0-9]*[1-9][0-9]*([.][0-9]*)?|[0-9]*[.][0-9]*[1-9][0-9]*)({_EXPONENT}|{_UNIT})?$"
_MAX_LENGTH: Final = 32

_EXACT: Final = Context(prec=64, rounding=ROUND_CEILING)
"""Enough digits for every product of a quantity of that length and a unit."""
_CPU_STEP: Final = Decimal("0.01")
_MEMORY_STEP: Final = Decimal("0.1")
_GB: Final = Decimal("1e9")

Quantity = Annotated[
    str,
    BeforeValidator(str),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "maxLength": _MAX_LENGTH,
            **rules(
                rule(
                    f"type(self) == int ? self > 0 : self.matches(r'{_POSITIVE}')",
                    "give a quantity of more than zero, such as 500m, 1.5 or 2Gi",
                )
            ),
        }
    ),
]
"""A quantity as Kubernetes writes it: "500m", "1", "1.5Gi", "1500M", "1e9"."""


def parse(quantity: str) -> Decimal:
    """Return the exact number that a quantity stands for.

    Raises:
        ValueError: It is not a positive quantity of Kubernetes' form.
    """
    match = _FORM.fullmatch(quantity)
    if match is None or len(quantity) > _MAX_LENGTH:
        raise ValueError(f'"{quantity}" is not a quantity such as 500m, 1.5 or 2Gi')
    number, exponent, unit = match.groups()
    value = _EXACT.multiply(Decimal(number + (exponent or "")), _UNITS[unit] if unit else Decimal(1))
    if value <= 0:
        raise ValueError(f'"{quantity}" must be more than zero')
    return value


def cpu_cores(quantity: str) -> float:
    """Return CPU as ACI takes it: cores, rounded up to 0.01."""
    return _round_up(parse(quantity), _CPU_STEP)


def memory_gb(quantity: str) -> float:
    """Return memory as ACI takes it: GB of 10^9 bytes, rounded up to 0.1."""
    return _round_up(_EXACT.divide(parse(quantity), _GB), _MEMORY_STEP)


def _round_up(value: Decimal, step: Decimal) -> float:
    steps = _EXACT.divide(value, step).to_integral_value(rounding=ROUND_CEILING)
    return float(_EXACT.multiply(steps, step))
