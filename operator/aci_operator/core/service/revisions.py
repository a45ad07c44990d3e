"""Which revision is wanted, which one serves, and which stored ones can go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.naming import revision_name
from aci_operator.core.revision import Revision, revision_data, revision_hash
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import Replicas, available_since, completed, fulfils, revision_of


@dataclass(frozen=True)
class Revisions:
    """The two revisions that decide what new replicas are.

    Attributes:
        update: What the spec asks for.
        current: What was rolled out last, or serves although it never was; heals and growth take it until the update
            has proven itself. The update itself while nothing has served, or what has is stored no longer.
        named: For `status.currentRevision`: the name of `current` if that has served, else what is named there already
            though it is stored no longer. None while nothing has served.
        previous: Name of the one that was wanted before `update`.
        stored: Whether `update` is stored already.
        spare: Stored revisions that can go.
    """

    update: Revision
    current: Revision
    named: str | None
    previous: str | None
    stored: bool
    spare: tuple[Revision, ...]

    @property
    def served(self) -> bool:
        """Whether `current` has served: else it is only there for the want of anything else."""
        return self.current.name == self.named


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
    recorded = None if _named_at_once(status) else status.current_revision
    found = update if rolled_out(o, replicas, update) else known.get(recorded or "")
    found = found or _serving(replicas, known, update)
    named = found.name if found is not None else recorded
    previous = status.previous_revision if status.update_revision in {None, name} else status.update_revision
    return Revisions(update, found or update, named, previous, stored, _spare(o, {name, named}, previous))


def _named_at_once(before: ServiceStatus) -> bool:
    """Tell whether `currentRevision` is the first that was wanted, and not known to have served.

    The operator named it at once before it had `Revisions.named`.
    """
    first = before.previous_revision is None and before.update_revision == before.current_revision
    done = before.progress
    proven = before.established_replicas > 0 or (done is not None and (done.complete or done.available > 0))
    return before.serial == 0 or (first and not proven)


def _serving(replicas: Replicas, known: Mapping[str, Revision], update: Revision) -> Revision | None:
    """Return the update if it has served, else the newest that has: it came up after the update was wanted."""
    there = (*replicas.live, *replicas.ailing, *replicas.dead)
    names = {revision_of(group) for group in there if available_since(group) is not None or completed(group)}
    if update.name in names:
        return update
    return max((known[name] for name in names if name in known), key=lambda it: it.number, default=None)


def rolled_out(o: Observation, replicas: Replicas, update: Revision) -> bool:
    """Tell whether the update revision is all there is, and enough of it; none at all prove nothing."""
    proven = sum(map(fulfils, replicas.updated(update.name)))
    return not replicas.outdated(update.name) and proven >= max(o.service.spec.replicas, 1)


def _spare(o: Observation, needed: set[str | None], previous: str | None) -> tuple[Revision, ...]:
    used = needed | {revision_of(group) for group in o.groups}
    unused: Sequence[Revision] = [revision for revision in o.revisions if revision.name not in used]
    unused = sorted(unused, key=lambda revision: revision.name == previous)
    return tuple(unused[: max(len(unused) - o.service.spec.revision_history_limit, 0)])
