"""What a service without a past finds of its own: objects and container groups of an earlier service of its name.

They are there after `kubectl delete --cascade=orphan`, and after a restore from a backup or from Git, where every
object has a new uid. Taking them over costs nothing; making new ones would leave two of everything.
"""

from collections.abc import Callable, Iterable, Sequence

from aci_operator.api import keys
from aci_operator.api.service import Service
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.ownership import revision_of_tags
from aci_operator.core.revision import Revision
from aci_operator.core.service.change import Births


def unclaimed(
    groups: Iterable[CloudGroup], service: Service, cluster_id: str, has_object: Callable[[str], bool]
) -> list[CloudGroup]:
    """Return the groups in Azure that were made for a service of this name and have no object any more.

    One without a uid is left out: the object that took it over could not prove that it is a successor.
    """
    meta = service.metadata
    wanted = {keys.TAG_CLUSTER: cluster_id, keys.TAG_NAMESPACE: meta.namespace, keys.TAG_SERVICE: meta.name}
    return [
        group
        for group in groups
        if all(group.tags.get(tag) == value for tag, value in wanted.items())
        and group.tags.get(keys.TAG_NAME) == group.ref.name
        and group.tags.get(keys.TAG_UID)
        and not has_object(group.ref.name)
    ]


def found(births: Births, heritage: Sequence[CloudGroup]) -> list[CloudGroup | None]:
    """Return, for each replica to be born, a group of its revision that waits to be taken over."""
    waiting: dict[str, list[CloudGroup]] = {}
    for group in sorted(heritage, key=lambda group: group.ref.name):
        waiting.setdefault(revision_of_tags(group.tags), []).append(group)
    return [_next(waiting, revision) for revision, _ in births]


def _next(waiting: dict[str, list[CloudGroup]], revision: Revision) -> CloudGroup | None:
    groups = waiting.get(revision.name)
    return groups.pop(0) if groups else None
