"""What a fault can do: one word for each kind, the requests it can hit, and what a rule of it must say."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "answer",
    "answer-after",
    "server-timeout",
    "cut-before",
    "cut-after",
    "hold-before",
    "hold-after",
    "delay-before",
    "delay-after",
    "stale",
    "omit",
    "empty",
    "partial",
    "duplicate",
    "not-found",
    "late-delete",
    "unauthorized",
    "forbidden",
    "token-down",
    "token-busy",
]


@dataclass(frozen=True)
class Meaning:
    """What a kind is about.

    Attributes:
        reach: globs of operations, named as in the record of requests; other requests pass by.
        needs: fields of `Rule` that must be given.
        takes: fields of `Rule` that may be given.
        codes: values of the field `code`, the first is taken when none is given.
    """

    reach: tuple[str, ...] = ("*",)
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


_ARM = ("*/*",)
_LISTS = ("containerGroups/list", "containerGroups/listBySubscription")

KINDS: dict[Kind, Meaning] = {
    "answer": Meaning(needs=("answer",)),
    "answer-after": Meaning(needs=("answer",)),
    "server-timeout": Meaning(_ARM),
    "cut-before": Meaning(),
    "cut-after": Meaning(),
    "hold-before": Meaning(takes=("late",)),
    "hold-after": Meaning(takes=("late",)),
    "delay-before": Meaning(needs=("seconds",), takes=("late",)),
    "delay-after": Meaning(needs=("seconds",)),
    "stale": Meaning(("containerGroups/read", *_LISTS), needs=("seconds",)),
    "omit": Meaning(_LISTS, needs=("name",)),
    "empty": Meaning(_LISTS),
    "partial": Meaning(_LISTS, takes=("first", "share")),
    "duplicate": Meaning(_LISTS),
    "not-found": Meaning(
        ("containerGroups/read", "containerGroups/delete"), codes=("ResourceNotFound", "ResourceGroupNotFound")
    ),
    "late-delete": Meaning(("containerGroups/delete",), needs=("seconds",)),
    "unauthorized": Meaning(_ARM, codes=("ExpiredAuthenticationToken", "InvalidAuthenticationToken")),
    "forbidden": Meaning(_ARM),
    "token-down": Meaning(("token",)),
    "token-busy": Meaning(("token",)),
}
