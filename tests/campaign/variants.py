"""Which open points of Azure mattered: those that its model has consulted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from aci_emulator.variants import Variants, choices

NAMES: Final = frozenset(choices())


@contextmanager
def consulted(hits: Counter[str]) -> Iterator[None]:
    """Count each choice that is looked at, for a while."""
    look = Variants.__getattribute__

    def counting(variants: Variants, name: str) -> Any:
        value = look(variants, name)
        if name in NAMES:
            hits[f"variant: {name}={value}"] += 1
        return value

    with patch.object(Variants, "__getattribute__", counting):
        yield
