"""What goes wrong outside a request of the operator."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.exhaustive.draft import Draft
from tests.exhaustive.state import NOBODY, Phase, State
from tests.exhaustive.world import BUDGET, CRASH, FAILURE, HAND, ROOM, STOP, TAKEOVER, UNLISTED

Fault = Callable[[State], Iterator[tuple[str, Draft]]]


def _crash(state: State) -> Iterator[tuple[str, Draft]]:
    """A process ends at any moment, and another one takes its place, which lists all objects first."""
    for by in range(len(state.operators)):
        if state.leader in {NOBODY, by}:
            draft = Draft(state)
            draft.operators[by].forget()
            draft.relist(by)
            yield f"operator {by} is killed, and starts anew", draft


def _takeover(*, relists: bool) -> Fault:
    """The Lease changes hands. What the old leader had on the wire has ended: a Lease lasts longer than any write."""

    def fault(state: State) -> Iterator[tuple[str, Draft]]:
        for by in range(len(state.operators)):
            if by != state.leader:
                draft = Draft(state)
                draft.leader = by
                for operator in draft.operators:
                    operator.forget()
                if relists:
                    draft.relist(by)
                yield f"operator {by} takes the Lease", draft

    return fault


def _becomes(before: Phase, after: Phase | None, words: str) -> Fault:
    def fault(state: State) -> Iterator[tuple[str, Draft]]:
        for cloud in state.cloud:
            if cloud.phase is before and not cloud.foreign:
                draft = Draft(state)
                if after is None:
                    del draft.cloud[cloud.number]
                else:
                    draft.cloud[cloud.number] = cloud._replace(phase=after)
                yield f"group {cloud.number} {words}", draft

    return fault


def _delete_object(state: State) -> Iterator[tuple[str, Draft]]:
    for group in state.groups:
        if not group.deleting:
            draft = Draft(state)
            draft.write_group(group.number, group._replace(deleting=True) if group.finalizer else None, None)
            yield f"somebody deletes the object of group {group.number}", draft


def _by_hand(state: State) -> Iterator[tuple[str, Draft]]:
    yield from _becomes(Phase.RUNNING, None, "is deleted in Azure by hand")(state)
    yield from _delete_object(state)


def _spend(state: State) -> Iterator[tuple[str, Draft]]:
    if not state.spent:
        draft = Draft(state)
        draft.spent = True
        yield "Azure's budgets are used up until the next tick", draft


FAULTS: Final[dict[str, Fault]] = {
    CRASH: _crash,
    FAILURE: _becomes(Phase.CREATING, Phase.FAILED, "fails to start"),
    STOP: _becomes(Phase.RUNNING, Phase.STOPPED, "is stopped in Azure by hand"),
    HAND: _by_hand,
    ROOM: _becomes(Phase.CREATING, Phase.ROOMLESS, "is taken, and finds no room"),
    BUDGET: _spend,
    TAKEOVER: _takeover(relists=True),
    UNLISTED: _takeover(relists=False),
}
