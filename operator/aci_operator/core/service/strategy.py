"""What a strategy comes to for a number of replicas. Percentages are rounded as a Deployment rounds them."""

from dataclasses import dataclass

from aci_operator.api.strategy import Amount, Strategy, StrategyType


@dataclass(frozen=True)
class Bounds:
    """How far a rollout may go.

    Attributes:
        surge: Replicas that may exist beyond those wanted; those that are ending count.
        unavailable: Replicas that may be missing from those wanted.
        canary: Replicas of a new revision that prove it before the others follow; 0 for none.
    """

    surge: int
    unavailable: int
    canary: int

    @staticmethod
    def of(strategy: Strategy, wanted: int) -> "Bounds":
        """Return the bounds for so many replicas. Where both round to 0, one may be missing, as in a Deployment."""
        if strategy.type is StrategyType.RECREATE:
            return Bounds(surge=0, unavailable=wanted, canary=0)
        block = strategy.rolling_update
        surge = count(block.max_surge, wanted, up=True)
        unavailable = min(count(block.max_unavailable, wanted, up=False), wanted)
        if surge == 0 and unavailable == 0:
            unavailable = 1
        canary = min(count(block.canary, wanted, up=True), wanted, surge + unavailable)
        return Bounds(surge, unavailable, canary)


def least(strategy: Strategy, wanted: int) -> int:
    """Return how many of so many must serve for a service to be available, as a Deployment has it.

    With `Recreate` that is all of them: its rollout makes the service unavailable, and nothing else may.
    """
    return wanted if strategy.type is StrategyType.RECREATE else wanted - Bounds.of(strategy, wanted).unavailable


def count(amount: Amount, wanted: int, *, up: bool) -> int:
    """Return how many replicas an amount is, of so many."""
    if isinstance(amount, int):
        return amount
    share = int(amount.removesuffix("%")) * wanted
    return -(-share // 100) if up else share // 100
