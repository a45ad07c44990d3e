"""The line of those who wait for a budget: heals first, then one of each service in turn."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from operator import itemgetter

from aci_operator.core.service.share import Share
from aci_operator.engine.ports import Key


@dataclass(frozen=True)
class Request:
    """What somebody wants to send to Azure.

    Attributes:
        key: Of the container group.
        service: Of its service, whose groups take turns with those of others; of the group itself if it has none.
    """

    key: Key
    service: Key
    share: Share


Lane = tuple[Key, bool]
"""A service, and whether it is its heals: those of a service owe nothing to its growth, nor the other way."""


def _lane(request: Request) -> Lane:
    return request.service, request.share is Share.HEAL


class Line:
    """The line: start-time fair queueing, where every request costs the same.

    Each service that waits has the number of the round in which its next request is due. A turn moves it on by one. So
    of two that wait none gets two turns more than the other, also when it happens to ask while the other is between two
    looks; and one that comes, or comes back, joins the present round, with neither credit nor debt.

    Retries that their own window holds back do not wait for a turn: nobody owes them those that pass meanwhile, and
    they are not what the present round is told by.
    """

    def __init__(self) -> None:
        self._requests: dict[Key, Request] = {}  # in the order in which they came
        self._kept_until: dict[Key, datetime] = {}
        self._waiting: Counter[Lane] = Counter()
        self._waiting_retries: Counter[Lane] = Counter()  # of those who wait
        self._retries_held = False
        self._rounds: dict[Lane, int] = {}
        self._last_turns: dict[Lane, int] = {}
        self._turns = count()
        self._present_round = {False: 0, True: 0}
        self._ahead: dict[Key, Mapping[Share, int]] | None = {}

    def hold_retries(self, held: bool) -> None:
        """Take in whether the window of retries holds them all back."""
        if self._retries_held and not held:
            self._catch_up()
        self._retries_held = held

    def join(self, request: Request, kept_until: datetime) -> None:
        """Put a request into the line; one that is in it keeps its place, unless its share has changed."""
        if self._requests.get(request.key) != request:
            self.leave(request.key)
            lane = _lane(request)
            self._catch_up()
            if not self._waiting[lane]:
                self._rounds[lane] = max(self._rounds.get(lane, 0), self._first_round(heals=lane[1]))
            self._waiting[lane] += 1
            self._waiting_retries[lane] += request.share is Share.RETRY
            self._requests[request.key] = request
            self._ahead = None
        self._kept_until[request.key] = kept_until

    def leave(self, key: Key) -> None:
        """Take a request out of the line."""
        self._kept_until.pop(key, None)
        request = self._requests.pop(key, None)
        if request is not None:
            self._waiting[_lane(request)] -= 1
            self._waiting_retries[_lane(request)] -= request.share is Share.RETRY
            self._ahead = None

    def ahead(self, key: Key) -> Mapping[Share, int]:
        """Return how many requests of each share are ahead of one that is in the line."""
        if self._ahead is None:
            self._ahead = {}
            passed: Counter[Share] = Counter()
            for request in self._order():
                self._ahead[request.key] = {share: passed[share] for share in Share}
                passed[request.share] += 1
        return self._ahead[key]

    def waiting(self) -> Mapping[str, int]:
        """Return how many requests of each share are in the line."""
        shares = Counter(request.share for request in self._requests.values())
        return {share.value: shares[share] for share in Share}

    def outdated(self) -> bool:
        """Tell whether `ahead` has to count anew, which takes long in a long line."""
        return self._ahead is None

    def take_turn(self, request: Request) -> None:
        """Take a request out of the line, and count the turn of its service."""
        self.leave(request.key)
        lane = _lane(request)
        taken = self._rounds[lane]
        self._present_round[lane[1]] = max(self._present_round[lane[1]], taken)
        self._rounds[lane] = taken + 1
        self._last_turns[lane] = next(self._turns)

    def give_back(self, request: Request) -> None:
        """Let the last turn of a request's service not have been."""
        lane = _lane(request)
        if lane in self._rounds:
            self._rounds[lane] -= 1
        self._ahead = None

    def sweep(self, now: datetime) -> None:
        """Forget those whose place is kept no longer, and what services have had that matters no more.

        A service that is due now or later, also if it does not wait, must not come back as one that had no turn yet.
        Where nobody waits, nobody owes a turn to anybody.
        """
        for key in [key for key, until in self._kept_until.items() if until <= now]:
            self.leave(key)
        self._catch_up()
        self._waiting, self._waiting_retries = +self._waiting, +self._waiting_retries
        contended = {lane[1] for lane in self._waiting}
        first = {heals: self._first_round(heals=heals) for heals in contended}
        for lane in [it for it, due in self._rounds.items() if it[1] not in contended or due < first[it[1]]]:
            del self._rounds[lane]
            self._last_turns.pop(lane, None)

    def _catch_up(self) -> None:
        """Let services of which only retries wait, and are held back, be in the present round, in their order."""
        held = [lane for lane, number in self._waiting.items() if number and self._held(lane)]
        behind = self._first_round(heals=False) - min((self._rounds[lane] for lane in held), default=0)
        if held and behind > 0:
            self._rounds.update({lane: self._rounds[lane] + behind for lane in held})
            self._ahead = None

    def _held(self, lane: Lane) -> bool:
        return self._retries_held and self._waiting[lane] == self._waiting_retries[lane]

    def _first_round(self, *, heals: bool) -> int:
        """Return the round of the next turn."""
        waiting = (lane for lane, number in self._waiting.items() if number and lane[1] is heals)
        rounds = (self._rounds[lane] for lane in waiting if not self._held(lane))
        return min(rounds, default=self._present_round[heals])

    def _order(self) -> Iterable[Request]:
        heals = [request for request in self._requests.values() if request.share is Share.HEAL]
        others = [request for request in self._requests.values() if request.share is Share.GROWTH]
        others += [request for request in self._requests.values() if request.share is Share.RETRY]
        return chain(self._in_turns(heals), self._in_turns(others))

    def _in_turns(self, requests: Iterable[Request]) -> Iterable[Request]:
        """Return the requests by rounds; in each, the service whose last turn is the longest ago comes first."""
        before: Counter[Lane] = Counter()
        ranked: list[tuple[int, int, Request]] = []
        for request in requests:
            lane = _lane(request)
            ranked.append((self._rounds[lane] + before[lane], self._last_turns.get(lane, -1), request))
            before[lane] += 1
        return (request for _, _, request in sorted(ranked, key=itemgetter(0, 1)))
