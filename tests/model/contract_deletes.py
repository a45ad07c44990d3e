"""Contract: deleting, finalizers, collectors. Runs on the model and on the real API server; the fixture is `scene`."""

import pytest
from aci_operator.core.errors import AlreadyExists, ApiForbidden, ApiInvalid, Conflict, ObjectGone
from aci_operator.kube.api import GROUPS, NAMESPACES, REVISIONS, SERVICES, KindMissing, Manifest

from tests.model import samples
from tests.model.scene import FINALIZER, SPARE, Hand, Scene, edited, eventually, respec, version, without

OTHER_UID = "6b1dd4a9-6a3a-4c9f-8b67-1d5a7e0b5b11"


async def guarded(scene: Scene, name: str = "s") -> Manifest:
    """Create a service with a finalizer."""
    return await scene.api.create(SERVICES, edited(samples.service(name, scene.namespace), finalizers=[FINALIZER]))


async def deleted(scene: Scene, name: str = "s") -> Manifest:
    """Create a service with a finalizer and delete it."""
    services = Hand(scene, SERVICES)
    await services.delete(await guarded(scene, name))
    return await services.get(name)


async def test_delete(scene: Scene) -> None:
    services = Hand(scene, SERVICES)
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    await services.delete(created, version=created["metadata"]["resourceVersion"])
    assert await services.gone("s")
    with pytest.raises(ObjectGone):
        await services.delete(created)
    again = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    assert again["metadata"]["uid"] != created["metadata"]["uid"]
    assert version(again) > version(created) + 1, "the deletion has a version too"


async def test_preconditions_of_a_delete(scene: Scene) -> None:
    services = Hand(scene, SERVICES)
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    scaled = await scene.api.replace(SERVICES, respec(created, replicas=2))
    with pytest.raises(Conflict):
        await services.delete(scaled, uid=OTHER_UID)
    with pytest.raises(Conflict):
        await services.delete(scaled, version=created["metadata"]["resourceVersion"])
    assert await services.get("s") == scaled


async def test_a_delete_waits_for_finalizers(scene: Scene) -> None:
    created = await guarded(scene)
    await Hand(scene, SERVICES).delete(created)
    marked = await Hand(scene, SERVICES).get("s")
    assert marked["metadata"]["deletionTimestamp"] >= created["metadata"]["creationTimestamp"]
    assert marked["metadata"]["generation"] == created["metadata"]["generation"] + 1
    assert version(marked) > version(created)
    assert marked["spec"] == created["spec"]


async def test_a_second_delete_changes_nothing(scene: Scene) -> None:
    marked = await deleted(scene)
    await Hand(scene, SERVICES).delete(marked)
    assert await Hand(scene, SERVICES).get("s") == marked
    with pytest.raises(Conflict):
        await Hand(scene, SERVICES).delete(marked, version=str(version(marked) - 1))


async def test_a_deleted_object_can_still_be_written(scene: Scene) -> None:
    marked = await deleted(scene)
    told = await scene.api.replace_status(SERVICES, marked | {"status": {"serial": 1}})
    assert told["status"] == {"serial": 1}
    scaled = await scene.api.replace(SERVICES, respec(told, replicas=0))
    assert scaled["metadata"]["generation"] == marked["metadata"]["generation"] + 1
    labelled = await Hand(scene, SERVICES).patch("s", {"labels": {"a": "b"}})
    assert labelled["metadata"]["deletionTimestamp"] == marked["metadata"]["deletionTimestamp"]


async def test_a_deletion_cannot_be_taken_back(scene: Scene) -> None:
    marked = await deleted(scene)
    kept = await scene.api.replace(SERVICES, edited(without(marked, "deletionTimestamp"), labels={"a": "b"}))
    assert kept["metadata"]["deletionTimestamp"] == marked["metadata"]["deletionTimestamp"]


async def test_no_finalizer_comes_to_a_deleted_object(scene: Scene) -> None:
    await deleted(scene)
    with pytest.raises(ApiInvalid):
        await Hand(scene, SERVICES).patch("s", {"finalizers": [FINALIZER, "late.test/b"]})


async def test_the_name_is_taken_until_the_object_is_gone(scene: Scene) -> None:
    await deleted(scene)
    with pytest.raises(AlreadyExists):
        await scene.api.create(SERVICES, samples.service("s", scene.namespace))


async def test_the_last_finalizer_keeps_the_object(scene: Scene) -> None:
    services = Hand(scene, SERVICES)
    body = edited(samples.service("s", scene.namespace), finalizers=[FINALIZER, "second.test/b"])
    await services.delete(await scene.api.create(SERVICES, body))
    first = await services.patch("s", {"finalizers": ["second.test/b"]})
    assert first["metadata"]["finalizers"] == ["second.test/b"]
    await scene.api.replace(SERVICES, without(first, "finalizers"))
    assert await services.gone("s")


async def test_a_finalizer_goes_only_from_the_version_that_was_read(scene: Scene) -> None:
    services = Hand(scene, SERVICES)
    marked = await deleted(scene)
    await scene.api.replace_status(SERVICES, marked | {"status": {"serial": 1}})
    with pytest.raises(Conflict):
        await services.patch("s", {"finalizers": None, "resourceVersion": marked["metadata"]["resourceVersion"]})
    assert not await services.gone("s")


async def test_a_finalizer_taken_off_a_living_object_removes_nothing(scene: Scene) -> None:
    await guarded(scene)
    freed = await Hand(scene, SERVICES).patch("s", {"finalizers": None})
    assert "finalizers" not in freed["metadata"]
    assert not await Hand(scene, SERVICES).gone("s")


async def test_deleting_a_revision(scene: Scene) -> None:
    created = await scene.api.create(REVISIONS, samples.revision("r", scene.namespace))
    with pytest.raises(Conflict):
        await Hand(scene, REVISIONS).delete(created, uid=OTHER_UID)
    await Hand(scene, REVISIONS).delete(created)
    assert await Hand(scene, REVISIONS).gone("r")


async def test_children_of_a_deleted_owner_are_deleted(scene: Scene) -> None:
    groups = Hand(scene, GROUPS)
    owner = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    await scene.api.create(GROUPS, samples.owned(samples.group("plain", scene.namespace), owner))
    held = edited(samples.owned(samples.group("held", scene.namespace), owner), finalizers=[FINALIZER])
    await scene.api.create(GROUPS, held)
    await scene.api.create(REVISIONS, samples.owned(samples.revision("r", scene.namespace), owner))
    await scene.api.create(GROUPS, samples.group("bare", scene.namespace))
    await scene.delete(SERVICES, "s", cascade="background")
    await eventually(lambda: groups.gone("plain"))
    await eventually(lambda: Hand(scene, REVISIONS).gone("r"))

    async def marked() -> bool:
        return "deletionTimestamp" in (await groups.get("held"))["metadata"]

    await eventually(marked)
    assert not await groups.gone("bare")


async def test_a_child_of_an_owner_that_never_was_is_deleted(scene: Scene) -> None:
    ghost = edited(samples.service("ghost", scene.namespace), uid=OTHER_UID)
    await scene.api.create(GROUPS, samples.owned(samples.group("g", scene.namespace), ghost))
    await eventually(lambda: Hand(scene, GROUPS).gone("g"))


async def test_a_child_lives_as_long_as_one_of_its_owners(scene: Scene) -> None:
    first = await scene.api.create(SERVICES, samples.service("one", scene.namespace))
    second = await scene.api.create(SERVICES, samples.service("two", scene.namespace))
    await scene.api.create(GROUPS, samples.owned(samples.group("g", scene.namespace), first, second))
    await scene.delete(SERVICES, "one", cascade="background")

    async def one_owner() -> bool:
        child = await Hand(scene, GROUPS).get("g")
        return [owner["name"] for owner in child["metadata"]["ownerReferences"]] == ["two"]

    await eventually(one_owner)


async def test_cascade_orphan_leaves_the_children(scene: Scene) -> None:
    owner = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    await scene.api.create(GROUPS, samples.owned(samples.group("g", scene.namespace), owner))
    await scene.delete(SERVICES, "s", cascade="orphan")
    await eventually(lambda: Hand(scene, SERVICES).gone("s"))
    child = await Hand(scene, GROUPS).get("g")
    assert "ownerReferences" not in child["metadata"]
    assert "deletionTimestamp" not in child["metadata"]


async def test_cascade_foreground_waits_for_the_children(scene: Scene) -> None:
    owner = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    held = edited(samples.owned(samples.group("g", scene.namespace), owner), finalizers=[FINALIZER])
    await scene.api.create(GROUPS, held)
    await scene.delete(SERVICES, "s", cascade="foreground")

    async def marked() -> bool:
        return "deletionTimestamp" in (await Hand(scene, GROUPS).get("g"))["metadata"]

    await eventually(marked)
    waiting = await Hand(scene, SERVICES).get("s")
    assert waiting["metadata"]["finalizers"] == ["foregroundDeletion"]
    await Hand(scene, GROUPS).patch("g", {"finalizers": None})
    await eventually(lambda: Hand(scene, SERVICES).gone("s"))


async def test_a_deleted_namespace_waits_for_finalizers(scene: Scene) -> None:
    services = Hand(scene, SERVICES)
    await guarded(scene, "held")
    await scene.api.create(SERVICES, samples.service("free", scene.namespace))
    await scene.delete_namespace()
    await eventually(lambda: services.gone("free"))
    assert "deletionTimestamp" in (await services.get("held"))["metadata"]
    with pytest.raises(ApiForbidden):
        await scene.api.create(SERVICES, samples.service("late", scene.namespace))
    await services.patch("held", {"finalizers": None})

    async def gone() -> bool:
        try:
            await scene.api.get(NAMESPACES, "", scene.namespace)
        except ObjectGone:
            return True
        return False

    await eventually(gone)


async def test_a_deleted_crd_takes_its_objects_along(scene: Scene) -> None:
    await scene.install_spare()
    spare = Hand(scene, SPARE)
    body = samples.group("free", scene.namespace) | {"apiVersion": SPARE.api_version}
    await scene.api.create(SPARE, body)
    await scene.api.create(SPARE, edited(body, name="held", finalizers=[FINALIZER]))
    await scene.delete_spare()
    await eventually(lambda: spare.gone("free"))
    assert "deletionTimestamp" in (await spare.get("held"))["metadata"]
    with pytest.raises(ApiForbidden):
        await scene.api.create(SPARE, edited(body, name="late"))
    await spare.patch("held", {"finalizers": None})

    async def kind_gone() -> bool:
        try:
            await scene.api.list(SPARE)
        except KindMissing:
            return True
        return False

    await eventually(kind_gone)
