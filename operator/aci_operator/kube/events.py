"""Kubernetes Events, posted beside the work: a slow API server never holds a worker up.

Equal notices about one object in a row are one Event with a count, as `kubectl describe` shows them.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

_TO_AND_FRO: Final = timedelta(minutes=2)
"""So soon again, a notice counts up its Event also when others came between: two that alternate are two Events."""


@dataclass(frozen=True)
class _Subject:
    """What makes two notices the same Event."""

    uid: str
    reason: str
    note: str
    warning: bool


@dataclass(frozen=True)
class _Waiting:
    """What is to be posted: about which object, how often, and when it came last."""

    about: Manifest
    count: int
    at: datetime


@dataclass(frozen=True)
class _Posted:
    """An Event as the API server has it, and the moment that it tells of."""

    manifest: Manifest
    at: datetime


class Recorder:
    """Posts Events; `run` does the work.

    Args:
        waiting: How many different Events may wait to be posted; more are dropped.
        itself: The object that stands for the operator, for what is about itself; None while there is none.
        remembered: How many posted Events can still be counted up.
    """

    def __init__(
        self,
        api: KubeApi,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        waiting: int = 1000,
        remembered: int = 1000,
        itself: Callable[[], Manifest | None] = lambda: None,
    ) -> None:
        self._api = api
        self._now = now
        self._itself = itself
        self._waiting_limit = waiting
        self._remembered_limit = remembered
        self._waiting: OrderedDict[_Subject, _Waiting] = OrderedDict()
        self._posted: OrderedDict[_Subject, _Posted] = OrderedDict()
        self._dropping = False
        self._last_at = datetime.min.replace(tzinfo=UTC)
        self._wake = asyncio.Event()

    async def notify(self, notice: Notice) -> None:
        """Take in a notice. Returns at once and never raises."""
        note = notice.message if len(notice.message) <= NOTE_LIMIT else notice.message[: NOTE_LIMIT - 1] + "…"
        about = self._itself() if notice.about is None else reference(notice.about)
        if about is None:
            return
        subject = _Subject(about["uid"], notice.reason, note, notice.warning)
        if subject not in self._waiting and len(self._waiting) >= self._waiting_limit:
            if not self._dropping:  # once until all have been posted, not for each
                _logger.warning("too many Events wait for the API server: more are dropped")
            self._dropping = True
            return
        count = self._waiting[subject].count if subject in self._waiting else 0
        self._last_at = max(self._now(), self._last_at + timedelta(microseconds=1))
        self._waiting[subject] = _Waiting(about, count + 1, self._last_at)
        self._wake.set()

    async def run(self) -> None:
        """Post what comes in, one after the other, until cancelled."""
        while True:
            await self._wake.wait()
            while self._waiting:
                await self._post(*self._waiting.popitem(last=False))
            self._dropping = False
            self._wake.clear()

    async def _post(self, subject: _Subject, waiting: _Waiting) -> None:
        pause, name = _PAUSE, waiting.about["name"]
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._remember(subject, await self._write(subject, waiting), waiting.at)
            except ApiUnavailable as error:
                if attempt == _ATTEMPTS:
                    _logger.warning("Event %s about %s was not posted: %s", subject.reason, name, error)
                    return
                await asyncio.sleep(pause)
                pause *= 2
            except (ApiForbidden, ObjectGone) as error:  # as a rule its namespace is being deleted
                _logger.debug("Event %s about %s was not posted: %s", subject.reason, name, error)
                return
            except ClusterError as error:
                _logger.warning("Event %s about %s was not posted: %s", subject.reason, name, error)
                return
            else:
                return

    async def _write(self, subject: _Subject, waiting: _Waiting) -> Manifest:
        earlier = self._posted.get(subject)
        if earlier is not None and self._counts_up(subject, earlier, waiting.at):
            count = earlier.manifest.get("count", 1) + waiting.count
            again = {**earlier.manifest, "count": count, "lastTimestamp": rfc3339(waiting.at)}
            try:
                return await self._api.replace(EVENTS, again)
            except (Conflict, ObjectGone):
                _logger.debug("Event %s has expired: a new one is posted", subject.reason)
        return await self._api.create(EVENTS, _manifest(subject, waiting))

    def _counts_up(self, subject: _Subject, earlier: _Posted, at: datetime) -> bool:
        """Tell whether an equal notice is the same Event. After other news of the object it is a turn of its story."""
        last = next(other for other in reversed(self._posted) if other.uid == subject.uid)
        return last == subject or at - earlier.at < _TO_AND_FRO

    def _remember(self, subject: _Subject, posted: Manifest, at: datetime) -> None:
        self._posted.pop(subject, None)
        self._posted[subject] = _Posted(posted, at)
        if len(self._posted) > self._remembered_limit:
            self._posted.popitem(last=False)


def _manifest(subject: _Subject, waiting: _Waiting) -> Manifest:
    about, now = waiting.about, rfc3339(waiting.at)
    # kubectl shows Events of one second in the order of their names. The tail is for two processes in one moment.
    suffix = f".{int(waiting.at.timestamp() * 1e6):016x}{token_hex(4)}"
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
        "count": waiting.count,
    }
