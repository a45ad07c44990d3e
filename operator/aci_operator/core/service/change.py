"""What a service's policies look at, and what they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.revision import Revision
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import (
    Replicas,
    ailing,
    arriving,
    completed,
    revision_of,
    serves,
    without,
)
from aci_operator.core.service.revisions import Revisions
from aci_operator.core.service.strategy import Bounds

Births = tuple[tuple[Revision, Reason], ...]
Deaths = tuple[tuple[ContainerGroup, Reason], ...]


@dataclass(frozen=True)
class Situation:
    """One moment of a service's replicas.

    Attributes:
        wanted: Replicas by the spec.
        replicas: What there is.
        revisions: What new replicas are made of.
        bounds: How far a rollout may go.
        growing: Whether more are wanted than the last plan was for: then what is missing is growth.
        rolling: Whether a rollout, a move or a replacement after a drift is under way: what is missing is for it.
        held: Whether no replica of the update may be made while it is being rolled out: paused, or past the deadline.
        recreate: Whether every older replica ends before the first new one is made.
        failing: The revision of the last replicas that failed before they were available, until one has come up since.
        heirs: How many container groups of the update revision an earlier service of this name has left.
    """

    wanted: int
    replicas: Replicas
    revisions: Revisions
    bounds: Bounds
    growing: bool = False
    rolling: bool = False
    held: bool = False
    recreate: bool = False
    failing: str | None = None
    heirs: int = 0

    @property
    def same_revision(self) -> bool:
        """Whether what is wanted is what served before: replicas move, or the rollout goes back. Or nothing has."""
        return self.revisions.current.name == self.revisions.update.name

    @property
    def least(self) -> int:
        """As many must serve, whatever is ended for the sake of others."""
        return self.wanted - self.bounds.unavailable

    @property
    def updated(self) -> tuple[ContainerGroup, ...]:
        """Live replicas of the update revision."""
        return self.replicas.updated(self.revisions.update.name)

    @property
    def outdated(self) -> tuple[ContainerGroup, ...]:
        """Live replicas of any other revision."""
        return self.replicas.outdated(self.revisions.update.name)

    @property
    def predecessors(self) -> tuple[ContainerGroup, ...]:
        """Those of them that stand for what served before, or are of some use."""
        return tuple(without(self.outdated, self.abandoned))

    @property
    def abandoned(self) -> tuple[ContainerGroup, ...]:
        """The others: not of the revision that served before, not wanted as they are any more, and of no use by now."""
        others = (group for group in self.outdated if revision_of(group) != self.revisions.current.name)
        return tuple(g for g in others if not (self.may_serve(g) or completed(g) or arriving(g)))

    def leaving(self, staying: Sequence[ContainerGroup], births: int) -> frozenset[str]:
        """Return the names of those that go when so many births serve: as many as there are too many then.

        Those of an older revision stay in the count: more of that may be made beside them.

        Args:
            staying: The replicas that are there until then.
            births: How many are made beside them.
        """
        names = {group.metadata.name for group in staying}
        ailing = {group.metadata.name for group in self.replicas.ailing}
        outdated = () if self.held else expendable_first(self.outdated, self.replicas.positions)
        due = [group for group in (*self.replicas.ailing, *outdated) if group.metadata.name in names]
        going = due[: max(len(names) + births - self.wanted, 0)]
        update = self.revisions.update.name
        return frozenset(g.metadata.name for g in going if g.metadata.name in ailing or revision_of(g) == update)

    @property
    def older(self) -> tuple[ContainerGroup, ...]:
        """Those of them that are outdated by the spec, and not only since they have drifted."""
        return tuple(group for group in self.outdated if self.is_older(group))

    def may_serve(self, group: ContainerGroup) -> bool:
        """Tell whether a replica serves at times, or the limit on heals protects it: it may be well in a moment."""
        return serves(group) or ailing(group) or group.metadata.name in self._limited

    @cached_property
    def _limited(self) -> frozenset[str]:
        return frozenset(group.metadata.name for group in self.replicas.limited)

    def is_older(self, group: ContainerGroup) -> bool:
        """Tell whether a replica is outdated by the spec, and not only since it has drifted."""
        return self.replicas.is_older(group, self.revisions.update.name)


@dataclass(frozen=True)
class Change:
    """Which replicas to create and to delete, and why."""

    create: Births = ()
    delete: Deaths = ()
