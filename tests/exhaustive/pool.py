"""Pools of immutable values: each is known by a number, and what is made of one is made once."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value", bound=Hashable)


class Pool(Generic[Value]):
    """Values by number. `later` says how one looks a tick later."""

    def __init__(self, later: Callable[[Value], Value], *first: Value) -> None:
        self._later = later
        self._values: list[Value] = []
        self._numbers: dict[Value, int] = {}
        self._aged: dict[int, int] = {}
        for value in first:
            self.number(value)

    def __getitem__(self, number: int) -> Value:
        return self._values[number]

    def __len__(self) -> int:
        return len(self._values)

    def number(self, value: Value) -> int:
        """Return the number of a value."""
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number

    def later(self, number: int) -> int:
        """Return the number of what a value looks like a tick later."""
        if number not in self._aged:
            self._aged[number] = self.number(self._later(self._values[number]))
        return self._aged[number]
