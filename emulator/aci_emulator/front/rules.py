"""A rule: which requests a fault hits, and what it does to them. Data; it does nothing itself."""

import random
import re
from dataclasses import KW_ONLY, dataclass, field
from fnmatch import fnmatchcase
from typing import ClassVar

from pydantic import ConfigDict, InstanceOf

from aci_emulator.errors import envelope
from aci_emulator.front.kinds import KINDS, Kind
from aci_emulator.wire import Json, Request, Response

LONGEST_STALE = 600.0
"""Seconds: the past is not remembered for longer."""

_OF_KINDS = ("answer", "late", "seconds", "name", "first", "share", "code")


@dataclass
class Rule:
    """Which requests a fault hits, and what it does to them.

    Attributes:
        kind: what happens, see `kinds`.
        method: a verb in any case, or * for any.
        path: a glob over the whole path, cases alike, * also standing for slashes; after "re:" a regular expression
            that must match the whole path.
        count: how many requests it hits; None for all until it is released or cleared.
        answer: for the two kinds that answer.
        late: a request held or delayed before its effect is carried out even if its client has gone away; otherwise
            it is dropped, as if it had never arrived.
        operation: a glob over the operation's name in the record of requests, cases alike.
        principal: the client id of the caller; None for any. Only a valid token, or a request for one, has a caller.
        skip: how many matching requests pass first.
        probability: of a hit, for each request that matches after those.
        seed: of the rule's own random numbers.
        seconds: of Azure's time, like the durations of the settings.
        name: `omit`: a glob over group names, cases alike.
        first: `partial`: how many items stay.
        share: `partial`: which share of the items stays, from 0 to 1.
        code: which of the kind's refusals.
        id: given by `Faults.add`.
        seen: how many requests matched it.
        hits: how many requests it has hit.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kind: Kind
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    answer: InstanceOf[Response] | None = None
    late: bool = False
    _: KW_ONLY
    operation: str = "*"
    principal: str | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    seconds: float | None = None
    name: str | None = None
    first: int | None = None
    share: float | None = None
    code: str | None = None
    id: str = field(default="", init=False)
    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r}, expected one of {', '.join(KINDS)}")
        self.method = self.method.upper()
        self._check_request()
        self._check_fields()
        self._chance = random.Random(self.seed)  # noqa: S311 repeatable on purpose

    def _check_request(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError("a rule hits at least one request: count is 1 or more")
        if self.skip < 0:
            raise ValueError("skip is 0 or more")
        if not 0.0 < self.probability <= 1.0:
            raise ValueError("probability is above 0 and at most 1")
        if self.path.startswith("re:"):
            try:
                re.compile(self.path[3:])
            except re.error as error:
                raise ValueError(f"path is no regular expression: {error}") from error

    def _check_fields(self) -> None:
        kind, meaning = self.kind, KINDS[self.kind]
        given = {name for name in _OF_KINDS if getattr(self, name) is not None and getattr(self, name) is not False}
        allowed = {*meaning.needs, *meaning.takes, *(["code"] if meaning.codes else [])}
        for name in _OF_KINDS:
            if name in given and name not in allowed:
                raise ValueError(f"a rule of kind {kind} takes no {name}")
            if name in meaning.needs and name not in given:
                raise ValueError(f"a rule of kind {kind} needs {name}")
        if kind == "partial" and (self.first is None) == (self.share is None):
            raise ValueError("a rule of kind partial needs either first or share")
        if self.first is not None and self.first < 0:
            raise ValueError("first is 0 or more")
        if self.share is not None and not 0.0 <= self.share <= 1.0:
            raise ValueError("share is from 0 to 1")
        most = LONGEST_STALE if kind == "stale" else float("inf")
        if self.seconds is not None and not 0.0 <= self.seconds <= most:
            raise ValueError(f"seconds of kind {kind} are from 0 to {most:g}")
        if meaning.codes and self.code is None:
            self.code = meaning.codes[0]
        if meaning.codes and self.code not in meaning.codes:
            raise ValueError(f"code of kind {kind} is one of {', '.join(meaning.codes)}")

    def matches(self, request: Request, operation: str) -> bool:
        """Whether the rule is about such a request, whose `principal` is the caller if it is known."""
        if self.method not in {"*", request.method}:
            return False
        if self.principal is not None and self.principal.lower() != (request.principal or "").lower():
            return False
        if not _fits(operation, self.operation) or not any(_fits(operation, g) for g in KINDS[self.kind].reach):
            return False
        if self.path.startswith("re:"):
            return re.fullmatch(self.path[3:], request.path, re.IGNORECASE) is not None
        return _fits(request.path, self.path)

    @property
    def spent(self) -> bool:
        """Whether it has hit as many requests as it may."""
        return self.count is not None and self.hits >= self.count

    def fires(self, request: Request, operation: str) -> bool:
        """Offer a request to the rule: whether it takes it. The match is counted, and so is the hit."""
        if self.spent or not self.matches(request, operation):
            return False
        self.seen += 1
        if self.seen <= self.skip or self._chance.random() >= self.probability:
            return False
        self.hits += 1
        return True

    @property
    def line(self) -> Json:
        """For `ctl faults`: what the kind does not take is left out."""
        own = {name: getattr(self, name) for name in _OF_KINDS if name not in {"answer", "late"}}
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "principal": self.principal,
            "skip": self.skip,
            "count": self.count,
            "probability": self.probability,
            "seed": self.seed,
            "seen": self.seen,
            "hits": self.hits,
            "status": self.answer.status if self.answer else None,
            **{name: value for name, value in own.items() if value is not None},
        }


def _fits(text: str, glob: str) -> bool:
    return fnmatchcase(text.lower(), glob.lower())


def answer(
    status: int, code: str | None = None, message: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """An answer for a rule: with ARM's error envelope when a code is given, else without a body."""
    if code is None:
        return Response(status, dict(headers or {}))
    return Response.of(status, envelope(code, message or f"Injected: {code}."), headers)
