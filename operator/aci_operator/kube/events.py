"""Kubernetes Events, posted beside the work: a slow API server never holds a worker up.

Equal notices about one object are one Event with a count, as `kubectl describe` shows them.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Final

from aci_operator.api.base import rfc3339
from aci_operator.core.errors import ApiForbidden, ApiUnavailable, ClusterError, Conflict, ObjectGone
from aci_operator.engine.ports import Notice
from aci_operator.kube.api import EVENTS, KubeApi, Manifest
from aci_operator.kube.manifests import reference

_logger: Final = logging.getLogger(__name__)

COMPONENT: Final = "aci-operator"
NOTE_LIMIT: Final = 1024
_NAME_LIMIT: Final = 253
_ATTEMPTS: Final = 4
_PAUSE: Final = 1.0


@dataclass(frozen=True)
class _Subject:
    """What makes two notices the same Event."""

    uid: str
    reason: str
    note: str
    warning: bool


class Recorder:
    """Posts Events; `run` does the work.

    Args:
        waiting: How many different Events may wait to be posted; more are dropped.
        remembered: How many posted Events can still be counted up.
    """

    def __init__(
        self,
        api: KubeApi,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        waiting: int = 1000,
        remembered: int = 1000,
    ) -> None:
        self._api = api
        self._now = now
        self._waiting_limit = waiting
        self._remembered_limit = remembered
        self._waiting: OrderedDict[_Subject, tuple[Manifest, int]] = OrderedDict()
        self._posted: OrderedDict[_Subject, Manifest] = OrderedDict()
        self._dropping = False
        self._wake = asyncio.Event()

    async def notify(self, notice: Notice) -> None:
        """Take in a notice. Returns at once and never raises."""
        note = notice.message if len(notice.message) <= NOTE_LIMIT else notice.message[: NOTE_LIMIT - 1] + "…"
        subject = _Subject(notice.about.metadata.uid, notice.reason, note, notice.warning)
        if subject not in self._waiting and len(self._waiting) >= self._waiting_limit:
            if not self._dropping:  # once, not for each
                _logger.warning("too many Events wait for the API server: more are dropped")
            self._dropping = True
            return
        self._dropping = False
        _, count = self._waiting.get(subject, ({}, 0))
        self._waiting[subject] = (reference(notice.about), count + 1)
        self._wake.set()

    async def run(self) -> None:
        """Post what comes in, one after the other, until cancelled."""
        while True:
            await self._wake.wait()
            while self._waiting:
                subject, (about, count) = self._waiting.popitem(last=False)
                await self._post(subject, about, count)
            self._wake.clear()

    async def _post(self, subject: _Subject, about: Manifest, count: int) -> None:
        pause = _PAUSE
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._remember(subject, await self._write(subject, about, count))
            except ApiUnavailable as error:
                if attempt == _ATTEMPTS:
                    _logger.warning("Event %s about %s was not posted: %s", subject.reason, about["name"], error)
                    return
                await asyncio.sleep(pause)
                pause *= 2
            except (ApiForbidden, ObjectGone) as error:  # as a rule its namespace is being deleted
                _logger.debug("Event %s about %s was not posted: %s", subject.reason, about["name"], error)
                return
            except ClusterError as error:
                _logger.warning("Event %s about %s was not posted: %s", subject.reason, about["name"], error)
                return
            else:
                return

    async def _write(self, subject: _Subject, about: Manifest, count: int) -> Manifest:
        now = rfc3339(self._now())
        earlier = self._posted.pop(subject, None)
        if earlier is not None:
            again = {**earlier, "count": earlier.get("count", 1) + count, "lastTimestamp": now}
            try:
                return await self._api.replace(EVENTS, again)
            except (Conflict, ObjectGone):
                _logger.debug("Event %s has expired: a new one is posted", subject.reason)
        return await self._api.create(EVENTS, _manifest(subject, about, count, now))

    def _remember(self, subject: _Subject, posted: Manifest) -> None:
        self._posted[subject] = posted
        if len(self._posted) > self._remembered_limit:
            self._posted.popitem(last=False)


def _manifest(subject: _Subject, about: Manifest, count: int, now: str) -> Manifest:
    suffix = f".{token_hex(8)}"
    return {
        "apiVersion": EVENTS.api_version,
        "kind": EVENTS.kind,
        "metadata": {
            "namespace": about["namespace"],
            "name": about["name"][: _NAME_LIMIT - len(suffix)].rstrip("-.") + suffix,
        },
        "involvedObject": about,
        "reason": subject.reason,
        "message": subject.note,
        "type": "Warning" if subject.warning else "Normal",
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "reportingInstance": "",
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": count,
    }
