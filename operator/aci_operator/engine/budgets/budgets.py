"""The budgets of all subscriptions and regions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from aci_operator.api.group import ContainerGroup
from aci_operator.engine.budgets.allowance import HOUR
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.budgets.ledger import STEPS, Ledger, Place, beginning, moment, sent_since
from aci_operator.engine.ports import Key
from aci_operator.engine.telemetry import BudgetLevel

Kind = Literal["create", "delete"]


class Budgets:
    """All budgets."""

    def __init__(self) -> None:
        self._budgets: dict[Place, Budget] = {}
        self._untold: datetime | None = None  # when all was spent of those that are not known yet

    def of(self, kind: Kind, subscription_id: str, location: str) -> Budget:
        """Return the budget for creates or deletes of a subscription in a region."""
        return self._at((kind, subscription_id.lower(), location.lower()))

    def _at(self, place: Place) -> Budget:
        if place not in self._budgets:
            self._budgets[place] = Budget(shared=place[0] == "create")
            if self._untold is not None:
                self._budgets[place].recall(beginning(self._untold), (), self._untold)
        return self._budgets[place]

    def ledger(self, now: datetime) -> Ledger:
        """Return what the next process must know of all budgets."""
        untold = self._untold.timestamp() if self._untold is not None and now < self._untold + HOUR else None
        for step in STEPS:
            accounts = {"/".join(place): budget.account(now, step) for place, budget in self._budgets.items()}
            ledger = Ledger(at=now.timestamp(), accounts=accounts, untold=untold)
            if ledger.fits():
                return ledger
        return ledger.cut()

    def recall(self, ledger: Ledger, groups: Iterable[ContainerGroup], now: datetime) -> None:
        """Go on where another process ended. Only before anything is taken."""
        since: dict[Place, list[datetime]] = {}
        for place, at in sent_since(ledger, groups, now):
            since.setdefault(place, []).append(at)
        untold = None if ledger.untold is None else min(moment(ledger.untold), now)
        for place in {*ledger.places(), *since}:
            account = ledger.account(place) or beginning(untold)
            self._at(place).recall(account, since.get(place, ()), now)
        self._untold = untold

    def keep_waiting(self, ledger: Ledger, now: datetime) -> None:
        """Send nothing where Azure, as another ledger tells, asked to wait: that holds whatever was spent since."""
        for place in ledger.places():
            account = ledger.account(place)
            if account is not None:
                self._at(place).keep_waiting(account, now)

    def levels(self, now: datetime) -> list[BudgetLevel]:
        """Return how every budget stands."""
        return [
            BudgetLevel(kind, subscription, location, budget.left(now), budget.waiting())
            for (kind, subscription, location), budget in self._budgets.items()
        ]

    def leave(self, key: Key) -> None:
        """Take a key out of every line."""
        for budget in self._budgets.values():
            budget.leave(key)
