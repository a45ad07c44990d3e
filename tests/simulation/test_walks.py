"""Walks through what people, Azure and machines can do, against the emulator's machine: Hypothesis chooses the steps.

A walk that fails is made short. `World.check` looks at all properties after each step, and in the end all is as wanted.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any

from aci_emulator.front.faults import Rule, answer
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.laws import tried
from tests.model import samples
from tests.model.loop import VirtualLoop
from tests.simulation.operators import RealOperator, modelled_kopf
from tests.simulation.world import World

NAME = "s"
FAILURES = {
    "throttled": Rule("answer", method="PUT", answer=answer(429, "TooManyRequests", headers={"Retry-After": "20"})),
    "fails": Rule("answer", answer=answer(500, "InternalServerError")),
    "lost before": Rule("cut-before", method="PUT"),
    "lost after": Rule("cut-after", method="PUT"),
    "delete lost": Rule("cut-after", method="DELETE"),
    "empty list": Rule("empty"),
    "late": Rule("delay-before", seconds=25.0, late=True, method="PUT"),
}


class Walk(RuleBasedStateMachine):
    """One service, one operator, and whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(modelled_kopf())
        self._runner = self._stack.enter_context(asyncio.Runner(loop_factory=VirtualLoop))
        self.wanted, self.image = 2, "registry.test/api:1"
        self.world = self.do(self._begin())

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    async def _begin(self) -> World:
        world = World(RealOperator, seed=1)
        await world.start()
        world.apply(samples.service(NAME, replicas=self.wanted))
        return world

    async def _now(self, act: Any, *arguments: Any) -> None:
        act(*arguments)

    @rule(seconds=st.sampled_from([1.0, 7.0, 40.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))

    @rule(replicas=st.integers(0, 4))
    def somebody_scales(self, replicas: int) -> None:
        self.wanted = replicas
        self.do(self._now(self.world.scale, NAME, replicas))

    @rule(number=st.integers(1, 3))
    def somebody_rolls_out(self, number: int) -> None:
        self.image = f"registry.test/api:{number}"
        self.do(self._now(self.world.roll, NAME, self.image))

    @precondition(lambda self: self.do(self.names()))
    @rule(data=st.data(), way=st.sampled_from(["kill", "platform_kill", "maintenance", "remove"]))
    def a_group_comes_to_harm(self, data: st.DataObject, way: str) -> None:
        name = data.draw(st.sampled_from(self.do(self.names())))
        self.do(self._now(getattr(self.world.portal, way), name))

    @rule(failure=st.sampled_from(sorted(FAILURES)))
    def a_request_fails(self, failure: str) -> None:
        planted = FAILURES[failure]
        again = Rule(planted.kind, planted.method, answer=planted.answer, late=planted.late, seconds=planted.seconds)
        self.world.azure.faults.add(again)

    @rule(lost=st.booleans())
    def the_operator_is_killed(self, *, lost: bool) -> None:
        self.do(self.world.crash(lost=lost))
        self.do(self.world.start())

    @invariant()
    def no_property_is_violated(self) -> None:
        self.do(self._now(self.world.check))

    async def names(self) -> list[str]:
        return sorted(group.name for group in self.world.cloud(NAME))

    def teardown(self) -> None:
        self.world.azure.faults.clear()
        self.do(self.world.converge(NAME, self.wanted, image=self.image if self.wanted else None))
        self.do(self.world.close())
        self._stack.close()


Walk.TestCase.settings = tried(20)
test_whatever_happens_nothing_breaks_and_in_the_end_all_is_as_wanted = Walk.TestCase
