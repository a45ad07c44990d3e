"""Events for what was done: one for each kind of change and reason, not one for each replica."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from aci_operator.api.reasons import Act, Reason
from aci_operator.core.story import Entry, Tell

NAMED: Final = 5
"""Names in one Event."""

_WORDS: Final[Mapping[Act, tuple[Reason, str]]] = {
    Act.STORE_REVISION: (Reason.CREATED_REVISION, "storing revision"),
    Act.DROP_REVISION: (Reason.DELETED_REVISION, "deleting old revisions"),
    Act.ADOPT: (Reason.ADOPTED_GROUP, "taking over {}"),
    Act.RELEASE: (Reason.RELEASED_GROUP, "letting go of {}"),
    Act.HAND_DOWN: (Reason.UPDATED_GROUP, "handing deletionPolicy and minReadySeconds down to {}"),
    Act.CREATE: (Reason.CREATED_GROUP, "creating {}"),
    Act.DELETE: (Reason.DELETED_GROUP, "deleting {}"),
}


class Done(NamedTuple):
    """Something was done to one object.

    Attributes:
        because: Why, for people; begins with the reason.
    """

    act: Act
    why: Reason
    because: str
    name: str


def listed(names: Sequence[str]) -> str:
    """Return names, but not more of them than people read."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def summaries(done: Iterable[Done]) -> Iterator[Tell]:
    """Yield the Events, in the order in which things were done first."""
    alike: dict[tuple[Act, Reason, str], list[str]] = {}
    for act, why, because, name in done:
        alike.setdefault((act, why, because), []).append(name)
    for (act, why, because), names in alike.items():
        reason, words = _WORDS[act]
        message = f"{words.format(len(names))} ({because}): {listed(names)}"
        yield Tell(reason, message, entry=Entry(act, why, len(names)))
