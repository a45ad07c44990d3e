"""`aci-operator rollout`: what it changes is what it has looked at."""

import asyncio
from typing import Any

import pytest
from aci_operator.api.base import Condition
from aci_operator.app.rollout import PATIENCE, PAUSE, TRIES, Refused, Rollout
from aci_operator.core.errors import ApiForbidden, ApiUnavailable, Conflict, ObjectGone
from aci_operator.kube.api import Listing, Resource
from aci_operator.kube.manifests import revision_manifest

from tests.unit.app.stored import stored
from tests.unit.core.builders import T0, revision, service
from tests.unit.core.plans import status

pytestmark = pytest.mark.looptime(end=5000)


class Api:
    """An API server, on which others write while somebody undoes v2.

    Args:
        colleague: Applies v3 meanwhile.
        statuses: So often does the operator write a status, each before a change comes.
        paused: The service is.
    """

    def __init__(self, *, colleague: bool = False, statuses: int = 0, paused: bool = False) -> None:
        self.version, self.generation, self.image = 5, 1, "v2"
        self.told = status("v1", update_revision=revision("v2").name, previous_revision=revision("v1").name)
        self.patched: dict[str, Any] | None = None
        self._colleague = colleague
        self._statuses = statuses
        self._paused = paused

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        assert (resource.kind, namespace, name) == ("AciService", "team-a", "llm")
        present = service(image=self.image, paused=self._paused, status=self.told, meta_generation=self.generation)
        return stored(present, version=self.version)

    async def list(self, resource: Resource, *, label_selector: str = "", namespace: str = "") -> Listing:
        assert (resource.kind, namespace) == ("ControllerRevision", "team-a")
        assert label_selector
        items = [revision_manifest(service(), revision(image, n)) for n, image in enumerate(("v1", "v2"), 1)]
        for item in items:
            item["metadata"] |= {"uid": item["metadata"]["name"], "resourceVersion": "3"}
        if self._colleague:
            self.version, self.generation, self.image = 6, 2, "v3"
        return Listing(items, str(self.version))

    async def patch_spec(self, resource: Resource, body: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
        assert resource.kind == "AciService"
        if self._statuses:
            self._statuses -= 1
            self.version += 1
        if body["metadata"]["resourceVersion"] != str(self.version):
            raise Conflict("it has changed")
        self.patched = spec
        return {}


class Answers(Api):
    """An API server that answers each look in turn: with an error, or with the service; the last for ever.

    A service that the last one shows is rolled out.
    """

    def __init__(self, *looks: Exception | None) -> None:
        super().__init__()
        self.looks = list(looks)
        self.asked: list[float] = []

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        self.asked.append(asyncio.get_running_loop().time())
        last = len(self.looks) == 1
        look = self.looks[0] if last else self.looks.pop(0)
        if look is not None:
            raise look
        if last:
            ready = Condition(type="Ready", status="True", reason="Ready", message="3 of 3", last_transition_time=T0)
            self.told = status("v2", update_revision=revision("v2").name, conditions=(ready,))
        return await super().get(resource, namespace, name)


def rollout(api: Api) -> Rollout:
    return Rollout(api, "team-a", "llm")  # type: ignore[arg-type]


async def test_undo_goes_back_to_what_was_wanted_before() -> None:
    api = Api()
    gone_back_to, changed = await rollout(api).undo(None)
    assert (gone_back_to.name, changed) == (revision("v1").name, True)
    assert api.patched is not None
    assert api.patched["template"]["spec"]["containers"][0]["image"] == "v1"


async def test_undo_to_what_is_there_already_changes_nothing() -> None:
    api = Api()
    present, changed = await rollout(api).undo(2)
    assert (present.name, changed, api.patched) == (revision("v2").name, False, None)


async def test_a_revision_that_is_not_stored_is_told_with_where_to_look() -> None:
    with pytest.raises(Refused, match="no such revision: see `aci-operator rollout history llm -n team-a`"):
        await rollout(Api()).undo(9)


@pytest.mark.parametrize("number", [None, 1, 2])
async def test_undo_and_restart_of_a_paused_service_are_refused(number: int | None) -> None:
    """As of a Deployment: nothing would come of them, or all at once when somebody resumes it."""
    api = Api(paused=True)
    with pytest.raises(Refused, match="resume it first"):
        await rollout(api).undo(number)
    with pytest.raises(Refused, match="resume it first"):
        await rollout(api).restart()
    assert api.patched is None


@pytest.mark.parametrize("statuses", [1, TRIES - 1])
async def test_a_status_that_is_written_meanwhile_keeps_nobody_from_going_back(statuses: int) -> None:
    """In an outage the operator writes often, and somebody is in a hurry."""
    api = Api(statuses=statuses)
    await rollout(api).undo(None)
    assert api.patched is not None
    again = Api(statuses=statuses)
    await rollout(again).restart()
    assert again.patched is not None


async def test_a_change_is_not_sent_for_ever() -> None:
    api = Api(statuses=100)
    with pytest.raises(Conflict):
        await rollout(api).undo(None)
    assert api.version == 5 + TRIES


@pytest.mark.parametrize("statuses", [0, 1])
async def test_undo_overwrites_no_change_that_it_did_not_see(statuses: int) -> None:
    api = Api(colleague=True, statuses=statuses)
    with pytest.raises(Conflict):
        await rollout(api).undo(None)
    assert api.patched is None


async def test_what_a_backup_says_of_an_earlier_service_is_not_believed() -> None:
    api, said = Api(), list[str]()
    up = {"replicas": 3, "updated_replicas": 3, "ready_replicas": 3, "available_replicas": 3}
    api.told = status("v2", update_revision=revision("v2").name, selector="acioperator.dev/service-uid=another", **up)
    await rollout(api).status(said.append, watch=False)
    assert said == ['waiting for the operator to see generation 1 of "llm"']


async def test_looks_without_an_answer_do_not_end_a_watch() -> None:
    """API servers are restarted in the middle of rollouts too; that is not a rollout that is stuck."""
    failing = [ApiUnavailable("no answer")] * int(PATIENCE / PAUSE - 1)
    api, said = Answers(None, *failing, None, *failing, None, None), list[str]()
    assert await rollout(api).status(said.append, watch=True)
    assert said[-1] == '"llm" is rolled out: 3 of 3'


async def test_a_watch_ends_a_minute_after_the_last_answer() -> None:
    api = Answers(None, None, ApiUnavailable("no answer"))
    with pytest.raises(ApiUnavailable):
        await rollout(api).status(lambda _: None, watch=True)
    assert api.asked[-1] - api.asked[1] == PATIENCE


@pytest.mark.parametrize("watch", [True, False])
async def test_a_first_look_without_an_answer_is_told_at_once(*, watch: bool) -> None:
    api = Answers(ApiUnavailable("no answer"))
    with pytest.raises(ApiUnavailable):
        await rollout(api).status(lambda _: None, watch=watch)
    assert len(api.asked) == 1


@pytest.mark.parametrize("answer", [ObjectGone("deleted"), ApiForbidden("no right")], ids=str)
async def test_an_answer_that_will_not_change_ends_a_watch(answer: Exception) -> None:
    api = Answers(None, answer)
    with pytest.raises(type(answer)):
        await rollout(api).status(lambda _: None, watch=True)
    assert len(api.asked) == 2
