"""The plan of one container group."""

from aci_operator.core.group.deletion import plan_deletion
from aci_operator.core.group.life import plan_life
from aci_operator.core.group.observation import Observation
from aci_operator.core.group.step import Step


def plan(o: Observation) -> Step:
    """Return the next step: to bring the group up and keep watch over it, or to end it."""
    return plan_life(o) if o.group.metadata.deletion_timestamp is None else plan_deletion(o)
