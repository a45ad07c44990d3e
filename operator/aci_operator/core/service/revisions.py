"""Which revision is wanted, which one serves, and which stored ones can go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.naming import revision_name
from aci_operator.core.revision import Revision, revision_data, revision_hash
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import Replicas, available_since, fulfils, revision_of


@dataclass(frozen=True)
class Revisions:
    """The two revisions that decide what new replicas are.

    Attributes:
        update: What the spec asks for.
        current: What was fully rolled out last, or serves although it never was; heals and growth take it until the
            update has proven itself. The update itself while nothing has ever served.
        stands_in: Whether `current` is the update only since the one that the status names is stored no longer.
        previous: Name of the one that was wanted before `update`.
        stored: Whether `update` is stored already.
        spare: Stored revisions that can go.
    """

    update: Revision
    current: Revision
    stands_in: bool
    previous: str | None
    stored: bool
    spare: tuple[Revision, ...]


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
    status = o.service.status
    current = by_name.get(status.current_revision or "") or update
    complete = rolled_out(o, replicas, update)
    if complete:
        current = update
    elif _never_served(status) or (current is update and not status.established_replicas):
        current = _served(replicas, by_name, update) or update
    stands_in = current is update and not complete and status.current_revision not in {None, name, *by_name}
    previous = status.previous_revision if status.update_revision in {None, name} else status.update_revision
    return Revisions(update, current, stands_in, previous, stored, _spare(o, {update.name, current.name}, previous))


def _never_served(before: ServiceStatus) -> bool:
    """Tell whether no replica of the first template that was wanted has ever been available."""
    first = before.progress
    if first is None or first.revision != before.current_revision or before.established_replicas:
        return False
    return not first.complete and first.available == 0


def _served(replicas: Replicas, stored: Mapping[str, Revision], update: Revision) -> Revision | None:
    """Return the revision that serves though it was never rolled out: it came up after the update was wanted."""
    there = (*replicas.live, *replicas.ailing)
    served = {revision_of(group) for group in there if available_since(group) is not None}
    known = [] if update.name in served else [stored[name] for name in served if name in stored]
    return max(known, key=lambda revision: revision.number, default=None)


def rolled_out(o: Observation, replicas: Replicas, update: Revision) -> bool:
    """Tell whether the update revision is all there is, and enough of it; none at all prove nothing."""
    proven = sum(map(fulfils, replicas.updated(update.name)))
    return not replicas.outdated(update.name) and proven >= max(o.service.spec.replicas, 1)


def _spare(o: Observation, needed: set[str], previous: str | None) -> tuple[Revision, ...]:
    used = needed | {revision_of(group) for group in o.groups}
    unused: Sequence[Revision] = [revision for revision in o.revisions if revision.name not in used]
    unused = sorted(unused, key=lambda revision: revision.name == previous)
    return tuple(unused[: max(len(unused) - o.service.spec.revision_history_limit, 0)])
