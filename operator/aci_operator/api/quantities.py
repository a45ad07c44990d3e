"""Kubernetes quantities, and what Azure Container Instances makes of them.

ACI takes CPU as a number of cores and memory as a number of GB of 10^9 bytes. Both are rounded up, so that a container
never gets less than was asked for.
"""

import re
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_SUFFIXES: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}
_NUMBER: Final = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_FORM: Final = re.compile(rf"{_NUMBER}(?:([eE][-+]?[0-9]{{1,3}})|(n|u|m|k|M|G|T|Ki|Mi|Gi|Ti))?")

_CPU_STEP: Final = Decimal("0.01")
_MEMORY_STEP: Final = Decimal("0.1")
_GB: Final = Decimal("1e9")

QUANTITY_PATTERN: Final = rf"^{_FORM.pattern}$".replace("?:", "")

Quantity = Annotated[
    str,
    BeforeValidator(str),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": QUANTITY_PATTERN,
            "maxLength": 32,
        }
    ),
]
"""A quantity as Kubernetes writes it: "500m", "1", "1.5Gi", "1500M", "1e9"."""


def parse(quantity: str) -> Decimal:
    """Return the plain number that a quantity stands for.

    Raises:
        ValueError: It is not a positive quantity of Kubernetes' form.
    """
    match = _FORM.fullmatch(quantity)
    if match is None:
        raise ValueError(f'"{quantity}" is not a quantity such as 500m, 1.5 or 2Gi')
    number, _, exponent, suffix = match.groups()
    value = Decimal(number + (exponent or "")) * _SUFFIXES[suffix or ""]
    if value <= 0:
        raise ValueError(f'"{quantity}" must be more than zero')
    return value


def cpu_cores(quantity: str) -> float:
    """Return CPU as ACI takes it: cores, rounded up to 0.01."""
    return float(_round_up(parse(quantity), _CPU_STEP))


def memory_gb(quantity: str) -> float:
    """Return memory as ACI takes it: GB of 10^9 bytes, rounded up to 0.1."""
    return float(_round_up(parse(quantity) / _GB, _MEMORY_STEP))


def _round_up(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step
