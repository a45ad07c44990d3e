"""Events for what was done: one for each kind of change and reason, not one for each replica."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from aci_operator.api.reasons import Reason
from aci_operator.core.story import Tell

NAMED: Final = 5
"""Names in one Event."""


class Done(NamedTuple):
    """The object of one replica was created or deleted."""

    what: Reason
    why: str
    name: str


def summaries(done: Iterable[Done]) -> Iterator[Tell]:
    """Yield the Events."""
    for (what, why), entries in groupby(sorted(done), key=itemgetter(0, 1)):
        names = [entry.name for entry in entries]
        verb = "creating" if what is Reason.CREATED_GROUP else "deleting"
        listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
        yield Tell(what, f"{verb} {len(names)} ({why}): {listed}")
