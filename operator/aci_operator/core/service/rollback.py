"""What people do to a rollout from outside: see how it gets on, look at its history, go back, start it over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from aci_operator.api.base import ConditionType, rfc3339
from aci_operator.api.keys import GROUP
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.core.conditions import find, is_true
from aci_operator.core.revision import Revision
from aci_operator.core.service.revisions import wanted

RESTARTED_AT: Final = f"{GROUP}/restartedAt"
"""The annotation of the template that a restart changes."""

Json = dict[str, Any]


def finished(service: Service) -> bool:
    """Tell whether the present spec is rolled out: its replicas are available, or have done their work."""
    ready, progress = find(service.status.conditions, ConditionType.READY), service.status.progress
    if ready is None or not _observed(service):
        return False
    completed = progress is not None and progress.complete and ready.reason == Reason.COMPLETED
    return ready.status == "True" or completed


def stalled(service: Service) -> bool:
    """Tell whether it will hardly be without a person's help."""
    return _observed(service) and is_true(service.status.conditions, ConditionType.STALLED)


def progress(service: Service) -> str:
    """Return one line on how the rollout gets on."""
    name, wanted, status = service.metadata.name, service.spec.replicas, service.status
    if not _observed(service):
        return f'waiting for the operator to see generation {service.metadata.generation} of "{name}"'
    ready = find(status.conditions, ConditionType.READY)
    if ready is not None and finished(service):
        return f'"{name}" is rolled out: {ready.message}'
    return (
        f'"{name}": {status.updated_replicas} of {wanted} replicas are of the new revision, '
        f"{status.available_replicas} available" + (f" ({ready.reason}: {ready.message})" if ready else "")
    )


def resume_first(service: Service) -> str:
    """Return why a service is neither undone nor restarted, and what to do; "" when it may be."""
    if not service.spec.paused:
        return ""
    name, namespace = service.metadata.name, service.metadata.namespace
    resume = f'kubectl patch acis {name} -n {namespace} --type=merge -p \'{{"spec":{{"paused":false}}}}\''
    return f'"{name}" is paused: resume it first, by spec.paused: false in its manifest or by `{resume}`'


def is_at(service: Service, revision: Revision) -> bool:
    """Tell whether the present spec is that of a revision."""
    return wanted(service).name == revision.name


def previous(service: Service, revisions: Sequence[Revision], number: int | None) -> Revision | None:
    """Return the revision of a number; without one, what was wanted before the present one. None: there is no such.

    0 is no number, as for kubectl. What was wanted before may be stored no longer; then it is the latest other than the
    present.
    """
    if number:
        return next((revision for revision in revisions if revision.number == number), None)
    present, status = wanted(service).name, service.status
    before = status.previous_revision if status.update_revision == present else status.update_revision
    others = [revision for revision in revisions if revision.name != present]
    return max(others, key=lambda revision: (revision.name == before, revision.number), default=None)


def going_back(spec: Json, revision: Revision) -> Json:
    """Return the change of a spec, as a merge patch, that makes its template and network those of a revision."""
    wanted = revision.data.manifest()
    return {part: merge_patch(spec.get(part, {}), wanted[part]) for part in ("template", "network")}


def restart(now: datetime) -> Json:
    """Return the change of a spec, as a merge patch, that replaces every replica by an equal one."""
    return {"template": {"metadata": {"annotations": {RESTARTED_AT: rfc3339(now)}}}}


def merge_patch(before: Json, after: Json) -> Json:
    """Return the merge patch (RFC 7386) that turns one object into another."""
    patch: Json = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            if inner := merge_patch(old, value):
                patch[name] = inner
        elif old != value:
            patch[name] = value
    return patch


def _observed(service: Service) -> bool:
    return service.status.observed_generation >= service.metadata.generation
