"""Contract: lists and selectors. Runs on the model and on the real API server; the fixture is `scene`."""

import asyncio

import pytest
from aci_operator.core.errors import Conflict
from aci_operator.kube.api import GROUPS, LEASES, NAMESPACES, REVISIONS, SERVICES, Manifest

from tests.model import samples
from tests.model.scene import Hand, Scene, edited, respec, version


async def names(scene: Scene, selector: str) -> list[str]:
    """Return the names of the scene's groups that a selector finds."""
    listing = await scene.api.list(GROUPS, label_selector=selector)
    return [m["metadata"]["name"] for m in listing.items if m["metadata"]["namespace"] == scene.namespace]


async def test_a_list_is_what_gets_would_show(scene: Scene) -> None:
    groups = Hand(scene, GROUPS)
    for name in ("b", "a", "c"):
        await scene.api.create(GROUPS, samples.group(name, scene.namespace))
    listing = await scene.api.list(GROUPS)
    ours = [manifest for manifest in listing.items if manifest["metadata"]["namespace"] == scene.namespace]
    assert ours == [await groups.get(name) for name in ("a", "b", "c")]
    assert all(version(manifest) <= int(listing.resource_version) for manifest in listing.items)


async def test_the_version_of_a_list_is_between_the_writes(scene: Scene) -> None:
    before = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    listing = await scene.api.list(SERVICES)
    after = await scene.api.replace(SERVICES, respec(before, replicas=2))
    assert version(before) <= int(listing.resource_version) < version(after)


async def test_items_of_built_in_kinds_say_what_they_are(scene: Scene) -> None:
    for resource, body in (
        (LEASES, samples.lease("l", scene.namespace)),
        (REVISIONS, samples.revision("r", scene.namespace)),
    ):
        created: Manifest = await scene.api.create(resource, body)
        listing = await scene.api.list(resource)
        assert created in [{**item} for item in listing.items]


async def test_selectors(scene: Scene) -> None:
    for name, labels in (("a", {"x": "1", "y": "1"}), ("b", {"x": "2"}), ("c", {"y": "1"})):
        await scene.api.create(GROUPS, edited(samples.group(name, scene.namespace), labels=labels))
    assert await names(scene, "x=1") == ["a"]
    assert await names(scene, "x==2") == ["b"]
    assert await names(scene, "x") == ["a", "b"]
    assert await names(scene, "!x") == ["c"]
    assert await names(scene, "y=1,!x") == ["c"]
    assert await names(scene, "x!=1") == ["b", "c"]
    assert await names(scene, "x=3") == []


async def test_the_cluster_has_an_identity(scene: Scene) -> None:
    first = await scene.api.get(NAMESPACES, "", "kube-system")
    assert first["metadata"]["uid"] == (await scene.api.get(NAMESPACES, "", "kube-system"))["metadata"]["uid"]


async def test_of_two_writers_one_wins(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    answers = await asyncio.gather(
        *(scene.api.replace_status(SERVICES, created | {"status": {"serial": n}}) for n in range(1, 9)),
        return_exceptions=True,
    )
    winners = [answer for answer in answers if isinstance(answer, dict)]
    assert len(winners) == 1
    assert all(isinstance(answer, Conflict) for answer in answers if answer not in winners)
    assert await Hand(scene, SERVICES).get("s") == winners[0]


async def test_an_answer_is_not_the_store(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    created["spec"]["replicas"] = 99
    listed = await scene.api.list(SERVICES)
    for item in listed.items:
        item["spec"].clear()
    assert (await Hand(scene, SERVICES).get("s"))["spec"]["replicas"] == 1


async def test_deleting_does_not_hide_from_lists(scene: Scene) -> None:
    body = edited(samples.group("g", scene.namespace), finalizers=["contract.test/wait"], labels={"kept": "1"})
    created = await scene.api.create(GROUPS, body)
    await Hand(scene, GROUPS).delete(created)
    assert await names(scene, "kept=1") == ["g"]
    with pytest.raises(Conflict):
        await scene.api.replace(GROUPS, created)
