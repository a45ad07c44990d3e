"""The create and delete budgets of ACI, per subscription and region.

Azure allows 100 in 5 minutes and 300 in an hour by default and tells in every answer what is left (documented). Where
its answers and our count differ, its answers win: other clients spend too, and some subscriptions have more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from aci_operator.core.errors import AzureError, Capacity, Quota, Remaining, Throttled
from aci_operator.core.group.observation import Turn
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.allowance import WINDOWS, Allowance
from aci_operator.engine.budgets.failures import Failures
from aci_operator.engine.budgets.ledger import Account, apart, moment, together
from aci_operator.engine.budgets.line import Line, Request
from aci_operator.engine.ports import Key

A_MOMENT: Final = timedelta(seconds=0.5)
"""How long to wait between two looks at whether the first request has been answered, or where one is in the line."""

UNTOLD_PAUSE: Final = timedelta(seconds=30)
"""How long nothing is sent after a refusal by which Azure asked for less, but did not say for how long."""

LEAST_PAUSE: Final = timedelta(seconds=1)
"""The same where it asked for less, or each of a long line would be refused, one right after the other."""

LONGEST_PAUSE: Final = timedelta(days=1)
"""For which the process before this one may have been asked to send nothing: its clock may have been another."""

LONGEST_WAIT: Final = timedelta(seconds=30)
"""After which one of the first IN_FRONT asks again at the latest: the limit may have risen, others may have left.

Those behind them wait as many times as long as there are IN_FRONT before them, or thousands would ask all the time.
"""

IN_FRONT: Final = 300

PATIENCE: Final = timedelta(seconds=60)
"""How long a place is kept beyond twice the time that one was asked to wait."""

_SWEPT_EVERY: Final = timedelta(seconds=5)


class Budget:
    """One budget, and the line of those who wait for it."""

    def __init__(self, *, shared: bool = True) -> None:
        self._allowance = Allowance(shared=shared)
        self._line = Line()
        self._taken: dict[Key, Request] = {}
        self._failures = Failures()
        self._swept_at: datetime | None = None
        self._counted_at: datetime | None = None
        self._blocked_until: datetime | None = None
        self._alone = True

    def take(self, request: Request, now: datetime) -> Turn | None:
        """Take one request if `turn` is None. It ends by `answered` or `refused` when it is sent, else by `unused`."""
        request = self._failures.shared(request)
        turn = self.turn(request, now)
        if turn is None:
            self._line.take_turn(request)
            self._taken[request.key] = request
            self._allowance.begin(request.share)
        return turn

    def turn(self, request: Request, now: datetime) -> Turn | None:
        """Join the line, or stay in it. Returns None when the request may be taken now, else when to ask again.

        Whoever does not ask again loses the place: nobody else tells that a group is wanted no more.
        """
        self._sweep(now)
        request = self._failures.shared(request)
        self._line.hold_retries(self._allowance.holds_retries(now))
        self._line.join(request, now + PATIENCE)
        if self._line.outdated() and self._counted_just_now(request.share, now):
            return Turn(now + A_MOMENT, now + A_MOMENT)
        ahead = self._line.ahead(request.key)
        at = self._earliest(request, ahead, now)
        if at > now:
            wait = min(at - now, LONGEST_WAIT * (1 + sum(ahead.values()) // IN_FRONT))
            self._line.join(request, now + 2 * wait + PATIENCE)
            return Turn(now + wait, at)
        return None

    def unused(self, key: Key) -> bool:
        """Give back what `key` has taken, if that was not sent; tell whether there was something to give back."""
        taken = self._taken.pop(key, None)
        if taken is None:
            return False
        self._allowance.undo(taken.share)
        self._line.give_back(taken)
        return True

    def answered(self, key: Key, remaining: Remaining, now: datetime, *, failed: bool = False) -> None:
        """Learn from an answer, also that there was none: `failed`. It ends the wait of the others in any case."""
        taken = self._taken.pop(key)
        self._failures.answered(taken.service, now, failed=failed)
        if not self.blocked(now):
            self._alone = False
        self._allowance.end(taken.share, now)
        self._allowance.learn(remaining, now)

    def refused(self, key: Key, error: AzureError, now: datetime) -> None:
        """Learn from a refusal; a throttled request holds all others back for as long as Azure asked, or for a while.

        It was sent in the belief that there was room. So the next one goes alone again, to find out.
        """
        self.answered(key, error.remaining, now, failed=not isinstance(error, Throttled | Capacity | Quota))
        if isinstance(error, Throttled):
            pause = UNTOLD_PAUSE if error.retry_after is None else timedelta(seconds=error.retry_after)
            self.block(now + max(pause, LEAST_PAUSE))
            self._alone = True

    def block(self, until: datetime) -> None:
        """Send nothing before a moment: Azure asked for that. A shorter time does not shorten a longer one."""
        self._blocked_until = until if self._blocked_until is None else max(until, self._blocked_until)

    def blocked(self, now: datetime) -> bool:
        """Tell whether Azure asked to send nothing now; it may have done so since a request was taken."""
        return self._blocked_until is not None and now < self._blocked_until

    def leave(self, key: Key) -> None:
        """Take a key out of the line."""
        self._line.leave(key)

    def account(self, now: datetime, step: int) -> Account:
        """Return what the next process must know, with what was spent in steps of some seconds."""
        until = self._blocked_until.timestamp() if self._blocked_until is not None and self.blocked(now) else None
        spent, retries = self._allowance.spent(now)
        limits = self._allowance.limits()
        return Account(limits=limits, spent=together(spent, step), retries=together(retries, step), until=until)

    def recall(self, account: Account, since: Sequence[datetime], now: datetime) -> None:
        """Go on where another process ended, with what it may have sent since it wrote that down."""
        spent = [*apart(account.spent, now), *(min(at, now) for at in since)]
        self._allowance.recall(account.limits, spent, apart(account.retries, now))
        self.keep_waiting(account, now)

    def keep_waiting(self, account: Account, now: datetime) -> None:
        """Send nothing before the moment that Azure told another process, or this one when it led before."""
        if account.until is not None:
            self.block(min(moment(account.until), now + LONGEST_PAUSE))

    def left(self, now: datetime) -> Mapping[str, int]:
        """Return how many requests could be sent now, by window; none while Azure asked to wait."""
        return dict.fromkeys(WINDOWS, 0) if self.blocked(now) else self._allowance.left(now)

    def waiting(self) -> Mapping[str, int]:
        """Return how many requests wait, by share."""
        return self._line.waiting()

    def _earliest(self, request: Request, ahead: Mapping[Share, int], now: datetime) -> datetime:
        """Return when a request with others ahead of it can be taken, as far as is known."""
        at = self._allowance.opens(request.share, ahead, now)
        if self._blocked_until is not None:
            at = max(at, self._blocked_until)
        first = not self._taken and not ahead[Share.HEAL] and not ahead[Share.GROWTH]
        if at <= now and ((self._alone and not first) or request.key in self._taken):
            return now + A_MOMENT
        return at

    def _counted_just_now(self, share: Share, now: datetime) -> bool:
        """Tell whether the line was counted a moment ago and nothing could be sent anyway; else it is counted now."""
        if not self._allowance.open(share, now) and self._counted_at is not None and now < self._counted_at + A_MOMENT:
            return True
        self._counted_at = now
        return False

    def _sweep(self, now: datetime) -> None:
        if self._swept_at is None or not self._swept_at <= now < self._swept_at + _SWEPT_EVERY:
            self._swept_at = now
            self._line.sweep(now)
            self._failures.sweep(now)
