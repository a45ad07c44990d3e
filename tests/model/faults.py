"""Faults of the API server as data, in the order in which they were planted; the first that matches acts."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Literal

from aci_operator.core.errors import ApiForbidden, ApiInvalid, ApiUnavailable, ClusterError, Conflict
from aci_operator.kube.api import Resource

Verb = Literal["get", "list", "watch", "create", "replace", "replace_status", "patch", "delete"]
WRITES: frozenset[str] = frozenset({"create", "replace", "replace_status", "patch", "delete"})


class Mode(StrEnum):
    """What happens to a call."""

    FAIL = "fail"
    """A 5xx or a cut connection before any effect."""
    LOSE = "lose"
    """The effect, and no answer."""
    CONFLICT = "conflict"
    """A 409 without effect, as after somebody else's write."""
    FORBID = "forbid"
    """A 403: the ServiceAccount lacks the verb."""
    REFUSE = "refuse"
    """A 422: an admission webhook or a newer schema says no."""
    HOLD_BEFORE = "hold-before"
    """Stand still before the effect until released."""
    HOLD_AFTER = "hold-after"
    """Stand still between the effect and the answer until released."""


@dataclass(eq=False)
class Fault:
    """One rule: which calls, what happens to them, how often.

    Attributes:
        skip: So many matching calls pass first.
        times: So many are hit; None for all until healed.
        hits: How many were hit.
    """

    mode: Mode
    verbs: frozenset[str] = frozenset()
    resource: Resource | None = None
    name: str = "*"
    client: str = "*"
    times: int | None = 1
    skip: int = 0
    hits: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, client: str, verb: str, resource: Resource, name: str) -> bool:
        """Tell whether this rule acts on a call, and count it if so."""
        matches = (
            (not self.verbs or verb in self.verbs)
            and self.resource in (None, resource)
            and fnmatchcase(name, self.name)
            and fnmatchcase(client, self.client)
        )
        if not matches or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True

    async def hold(self) -> None:
        """Stand still until released."""
        self.reached.set()
        await self._released.wait()

    def release(self) -> None:
        """Let the held call go on, and all that would be held from now on."""
        self.times = 0
        self._released.set()


def error(mode: Mode, verb: str, resource: Resource, name: str) -> ClusterError:
    """Return the error that a caller sees."""
    what = f"{resource.plural}.{resource.group}".rstrip(".")
    if mode is Mode.FORBID:
        word = {"replace": "update", "replace_status": "update"}.get(verb, verb)
        path = f"{what}/status" if verb == "replace_status" else what
        return ApiForbidden(f'{path} "{name}" is forbidden: User cannot {word} resource "{resource.plural}"')
    if mode is Mode.CONFLICT:
        return Conflict(f'Operation cannot be fulfilled on {what} "{name}": the object has been modified')
    if mode is Mode.REFUSE:
        return ApiInvalid(f'{what} "{name}" is invalid')
    return ApiUnavailable(f'{verb} {what} "{name}": no answer')
