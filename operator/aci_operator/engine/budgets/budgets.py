"""The budgets of all subscriptions and regions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from aci_operator.api.group import ContainerGroup
from aci_operator.engine.budgets.allowance import IN_AN_HOUR, IN_FIVE_MINUTES
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.budgets.ledger import Account, Ledger, Place, sent_since
from aci_operator.engine.ports import Key
from aci_operator.engine.telemetry import BudgetLevel

Kind = Literal["create", "delete"]


class Budgets:
    """All budgets."""

    def __init__(self) -> None:
        self._budgets: dict[Place, Budget] = {}

    def of(self, kind: Kind, subscription_id: str, location: str) -> Budget:
        """Return the budget for creates or deletes of a subscription in a region."""
        return self._at((kind, subscription_id.lower(), location.lower()))

    def _at(self, place: Place) -> Budget:
        if place not in self._budgets:
            self._budgets[place] = Budget(shared=place[0] == "create")
        return self._budgets[place]

    def ledger(self, now: datetime) -> Ledger:
        """Return what the next process must know of all budgets."""
        accounts = {"/".join(place): budget.account(now) for place, budget in self._budgets.items()}
        return Ledger(at=now.timestamp(), accounts=accounts)

    def recall(self, ledger: Ledger, groups: Iterable[ContainerGroup], now: datetime) -> None:
        """Go on where another process ended. Only before anything is taken."""
        since: dict[Place, list[datetime]] = {}
        for place, at in sent_since(ledger, groups, now):
            since.setdefault(place, []).append(at)
        for place in {*ledger.places(), *since}:
            account = ledger.account(place) or Account(limits=(IN_FIVE_MINUTES, IN_AN_HOUR))
            self._at(place).recall(account, since.get(place, ()), now)

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
