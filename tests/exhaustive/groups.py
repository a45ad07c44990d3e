"""What an operator does about container groups: one step at a time, as `aci_operator.engine.groups` does."""

from collections.abc import Iterator
from typing import Final

from tests.exhaustive import effects
from tests.exhaustive.draft import Draft, OperatorDraft
from tests.exhaustive.effects import Outcome
from tests.exhaustive.planners import ABSENT, UNKNOWN, Around, GroupAnswer, Planners
from tests.exhaustive.state import Cloud, Group, State, Step

READ: Final = "ReadGroup"
GUARDED: Final = ("AddFinalizer", "RemoveFinalizer")
"""Effects on the object itself, under its resourceVersion."""


class Groups:
    """The group loop of any operator."""

    def __init__(self, planners: Planners, *, roomy: bool) -> None:
        self._planners = planners
        self._roomy = roomy

    def moves(self, state: State, by: int) -> Iterator[tuple[Draft, str, bool]]:
        """Yield the next side effect for each group, in each way that it may end; with whether it is a fault."""
        look = Draft(state)
        for number, (group, fresh) in look.groups_of(by).items():
            step = look.operators[by].steps.get(number)
            if step is None:
                answer = self._answer(look, by, group)
                if answer.status != group.status:
                    draft = Draft(state)
                    yield draft, f"group {number}: {self._write(draft, by, group, fresh, answer)}", False
                    continue
                if not answer.effect:
                    continue
                step = Step(number, answer.effect, fresh)
            for words, faults, happen in self._outcomes(step):
                if faults <= state.faults:
                    draft = Draft(state)
                    draft.operators[by].steps.pop(number, None)
                    draft.faults -= faults
                    happen(draft, by, group)
                    yield draft, f"group {number}: {step.effect}{words}", faults > 0

    def settle(self, draft: Draft) -> None:
        """Let operators that do not lag read what they want to read: nobody else notices, so the order is all one.

        And let all of them learn where Azure has found no room.
        """
        for by, operator in enumerate(draft.operators):
            if operator.services is None:
                for number, group in draft.groups.items():
                    while number not in operator.steps and self._answer(draft, by, group)[:2] == (group.status, READ):
                        effects.read(self._planners, draft, by, group)
            if not self._roomy:
                self._learn(draft, by)

    def _learn(self, draft: Draft, by: int) -> None:
        short = draft.operators[by].short
        for group, _ in draft.groups_of(by).values():
            told = self._answer(draft, by, group).roomless
            if told is not None:
                short[group.place] = told or short.get(group.place, False)

    def _answer(self, draft: Draft, by: int, group: Group) -> GroupAnswer:
        operator = draft.operators[by]
        listed: Cloud | str | None = None
        if operator.listed is not None:
            listed = next((cloud for cloud in operator.listed if cloud.number == group.number), ABSENT)
        alive = group.service < 0 or draft.service_of(by, group.service)[0] is not None
        around = Around(alive, self._is_short(operator, group), draft.spent)
        return self._planners.group(group, operator.memory.get(group.number, UNKNOWN), listed, around)

    def _is_short(self, operator: OperatorDraft, group: Group) -> bool:
        """Tell what stands in the way of a group that is not in Azure. Where it is in doubt, anyone may ask."""
        sent = self._planners.group_statuses[group.status].accepted_at is not None
        return operator.short.get(group.place, False) and not sent and not group.deleting

    def _write(self, draft: Draft, by: int, group: Group, fresh: bool, answer: GroupAnswer) -> str:
        """Write the status; the effect is for the next move, since the process may end in between."""
        if not fresh:
            draft.refresh(by, group.number)
            return "status: 409"
        lost = self._planners.lost(answer.status) and not self._planners.lost(group.status)
        draft.hold(not lost or group.number not in draft.cloud, f"P20: group {group.number} is there, and called lost")
        draft.write_group(group.number, group._replace(status=answer.status), by)
        if answer.effect and answer.effect != READ:
            draft.operators[by].steps[group.number] = Step(group.number, answer.effect)
        spent = draft.spent and answer.effect in {"PutGroup", "DeleteGroup"}
        draft.hold(not spent, f"budget: {answer.effect} of group {group.number} before its turn")
        if answer.effect == "PutGroup":
            short = self._is_short(draft.operators[by], group)
            draft.hold(not short, f"room: a PUT of group {group.number} where there is none")
            effects.asked(self._planners, draft, by, group)
        return f"status{f', for {answer.effect}' if answer.effect else ''}"

    def _outcomes(self, step: Step) -> Iterator[Outcome]:
        planners = self._planners
        if step.effect in GUARDED and not step.fresh:
            yield ": 409", 0, lambda draft, by, group: draft.refresh(by, group.number)
            return
        match step.effect:
            case "ReadGroup":
                yield "", 0, lambda draft, by, group: effects.read(planners, draft, by, group)
            case "PutGroup":
                yield from effects.puts(planners, roomy=self._roomy)
            case "DeleteGroup":
                yield from effects.deletes(planners)
            case "AddFinalizer":
                yield "", 0, effects.add_finalizer
            case "RemoveFinalizer":
                yield "", 0, effects.remove_finalizer
            case _:
                raise NotImplementedError(step.effect)
