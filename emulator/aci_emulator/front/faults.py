"""What goes wrong on purpose. Rules are data: whoever carries requests takes a fault and acts on it."""

import fnmatch
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from aci_emulator.errors import envelope
from aci_emulator.wire import Request, Response

Kind = Literal["answer", "answer-after", "cut-before", "cut-after", "hold-before", "hold-after"]


@dataclass
class Rule:
    """Which requests a fault hits, and what it does to them.

    Attributes:
        kind: `answer`: this answer instead of the effect. `answer-after`: the effect, then this answer.
            `cut-before`: the connection is cut, without an effect. `cut-after`: the effect, then the cut.
            `hold-before`, `hold-after`: the request waits there until it is released.
        method: a verb, or * for any.
        path: a glob over the whole path, cases alike, * also standing for slashes; after "re:" a regular expression
            that must match the whole path.
        count: how many requests it hits; None for all until it is released or cleared.
        answer: for the two kinds that answer.
        late: a request held before its effect is carried out on release even if its client has gone away; otherwise
            it is dropped, as if it had never arrived.
        id: given by `Faults.add`.
        hits: how many requests it has hit.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    answer: Response | None = None
    late: bool = False
    id: str = ""
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind {self.kind!r}, expected one of {', '.join(get_args(Kind))}")
        if (self.answer is None) == self.kind.startswith("answer"):
            raise ValueError(f"a rule of kind {self.kind} {'needs' if self.answer is None else 'takes no'} answer")
        if self.count is not None and self.count < 1:
            raise ValueError("a rule hits at least one request")
        if self.path.startswith("re:"):
            re.compile(self.path[3:])

    def matches(self, request: Request) -> bool:
        """Whether the request is one of those, and the rule not used up."""
        if self.count is not None and self.hits >= self.count:
            return False
        if self.method not in {"*", request.method}:
            return False
        if self.path.startswith("re:"):
            return re.fullmatch(self.path[3:], request.path, re.IGNORECASE) is not None
        return fnmatch.fnmatchcase(request.path.lower(), self.path.lower())


@dataclass(frozen=True)
class Fault:
    """What happens to one request: `rule` is the id of the rule that hit it."""

    rule: str
    kind: Kind
    answer: Response | None = None
    late: bool = False


@dataclass
class Faults:
    """The rules in force. The first that matches a request takes it; used-up rules stay, for their counts.

    `on_release` is called with the id of each rule that is released or cleared, for whoever holds its requests.
    """

    rules: list[Rule] = field(default_factory=list)
    on_release: Callable[[str], None] = field(default=lambda _id: None)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, rule: Rule) -> str:
        """Put a rule in force; gives its id, like "hold-1"."""
        rule.id = f"{rule.kind.partition('-')[0]}-{next(self._ids)}"
        self.rules.append(rule)
        return rule.id

    def take(self, request: Request) -> Fault | None:
        """The fault for this request, counted as a hit; None when no rule matches."""
        for rule in self.rules:
            if rule.matches(request):
                rule.hits += 1
                return Fault(rule.id, rule.kind, rule.answer, rule.late)
        return None

    def release(self, rule_id: str = "all") -> list[str]:
        """Lift one hold, or all, and let its requests go on. Gives the ids that were lifted.

        Raises:
            KeyError: no hold of that id.
        """
        holds = [r.id for r in self.rules if r.kind.startswith("hold") and rule_id in {"all", r.id}]
        if not holds and rule_id != "all":
            raise KeyError(rule_id)
        self._drop(holds)
        return holds

    def clear(self) -> list[str]:
        """Lift every rule; what is held goes on. Gives the ids."""
        ids = [r.id for r in self.rules]
        self._drop(ids)
        return ids

    def _drop(self, ids: list[str]) -> None:
        self.rules = [r for r in self.rules if r.id not in ids]
        for rule_id in ids:
            self.on_release(rule_id)


def answer(
    status: int, code: str | None = None, message: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """An answer for a rule: with ARM's error envelope when a code is given, else without a body."""
    if code is None:
        return Response(status, dict(headers or {}))
    return Response.of(status, envelope(code, message or f"Injected: {code}."), headers)
