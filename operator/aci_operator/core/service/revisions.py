"""Which revision is wanted, which one serves, and which stored ones can go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.naming import revision_name
from aci_operator.core.revision import Revision, revision_data, revision_hash
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import Replicas, fulfils, has_served, revision_of


@dataclass(frozen=True)
class Revisions:
    """The two revisions that decide what new replicas are.

    Attributes:
        update: What the spec asks for.
        current: What was rolled out last, or serves although it never was; heals and growth take it until the update
            has proven itself. The update itself while nothing has served, or what has is stored no longer.
        served: Name of `current` if that has served, else of what has but is stored no longer; None where nothing has.
        previous: Name of the one that was wanted before `update`.
        stored: Whether `update` is stored already.
        spare: Stored revisions that can go.
    """

    update: Revision
    current: Revision
    served: str | None
    previous: str | None
    stored: bool
    spare: tuple[Revision, ...]

    @property
    def has_served(self) -> bool:
        """Whether `current` has: else it is only there for the want of anything else."""
        return self.current.name == self.served


def wanted(service: Service) -> Revision:
    """Return the revision of the present spec, as the first one of its service."""
    data = revision_data(service.spec)
    return Revision(revision_name(service.metadata.name, revision_hash(data)), 1, data)


def choose(o: Observation, replicas: Replicas, newest: Revision) -> Revisions:
    """Return the revisions by the present spec and the present replicas."""
    name = newest.name
    by_name = {revision.name: revision for revision in o.revisions}
    stored = name in by_name
    number = max((revision.number for revision in o.revisions), default=0) + 1
    update = by_name.get(name) or replace(newest, number=number)
    known, status = by_name | {name: update}, o.service.status
    recorded = status.served_revision or _shown_to_have_served(status)
    if rolled_out(o, replicas, update):
        served: str | None = name
    elif recorded in known:
        served = recorded
    else:
        served = _serving(replicas, known, name) or recorded
    current = known.get(served or "", update)
    previous = status.previous_revision if status.update_revision in {None, name} else status.update_revision
    return Revisions(update, current, served, previous, stored, _spare(o, {name, served}, previous))


def _shown_to_have_served(before: ServiceStatus) -> str | None:
    """Return the current revision if the rest of a status shows that it has served: of before `servedRevision`."""
    known = before.progress
    rolls = before.update_revision != before.current_revision
    proven = known is not None and (known.complete or known.available > 0)
    return before.current_revision if rolls or proven or before.established_replicas else None


def _serving(replicas: Replicas, known: Mapping[str, Revision], update: str) -> str | None:
    """Return the update if it has served, else the newest that has: it came up after the update was wanted."""
    there = (*replicas.live, *replicas.ailing, *replicas.dead)
    names = {revision_of(group) for group in there if has_served(group)}
    if update in names:
        return update
    return max(names, key=lambda name: (known[name].number if name in known else 0, name), default=None)


def rolled_out(o: Observation, replicas: Replicas, update: Revision) -> bool:
    """Tell whether the update revision is all there is, and enough of it; none at all prove nothing."""
    proven = sum(map(fulfils, replicas.updated(update.name)))
    return not replicas.outdated(update.name) and proven >= max(o.service.spec.replicas, 1)


def _spare(o: Observation, needed: set[str | None], previous: str | None) -> tuple[Revision, ...]:
    used = needed | {revision_of(group) for group in o.groups}
    unused: Sequence[Revision] = [revision for revision in o.revisions if revision.name not in used]
    unused = sorted(unused, key=lambda revision: revision.name == previous)
    return tuple(unused[: max(len(unused) - o.service.spec.revision_history_limit, 0)])
