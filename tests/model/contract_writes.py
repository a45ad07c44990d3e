"""Contract: creating, replacing and patching. Runs on the model and on the real API server; the fixture is `scene`."""

import pytest
from aci_operator.core.errors import AlreadyExists, ApiInvalid, ApiUnavailable, Conflict, ObjectGone
from aci_operator.kube.api import GROUPS, LEASES, REVISIONS, SERVICES, KindMissing

from tests.model import samples
from tests.model.scene import SPARE, Hand, Scene, edited, respec, version, without

OTHER_UID = "6b1dd4a9-6a3a-4c9f-8b67-1d5a7e0b5b11"
LONG_AGO = "2020-01-01T00:00:00Z"


async def test_create_gives_identity(scene: Scene) -> None:
    claimed = edited(
        samples.service("s", scene.namespace),
        uid=OTHER_UID,
        generation=7,
        creationTimestamp=LONG_AGO,
        deletionTimestamp=LONG_AGO,
    )
    created = (await scene.api.create(SERVICES, claimed))["metadata"]
    assert created["uid"] not in ("", OTHER_UID)
    assert created["generation"] == 1
    assert created["creationTimestamp"] > LONG_AGO
    assert "deletionTimestamp" not in created
    assert created["resourceVersion"].isdigit()


async def test_create_fills_in_defaults_and_drops_status_and_unknown_fields(scene: Scene) -> None:
    body = respec(samples.service("s", scene.namespace), nonsense=1) | {"status": {"serial": 5}}
    created = await scene.api.create(SERVICES, body)
    assert created["status"] == {"observedGeneration": -1}
    assert created["spec"]["replicas"] == 1
    assert "nonsense" not in created["spec"]
    assert await Hand(scene, SERVICES).get("s") == created


async def test_create_of_a_taken_name(scene: Scene) -> None:
    body = samples.service("s", scene.namespace)
    await scene.api.create(SERVICES, body)
    with pytest.raises(AlreadyExists):
        await scene.api.create(SERVICES, body)


async def test_create_with_a_resource_version(scene: Scene) -> None:
    with pytest.raises(ApiUnavailable):
        await scene.api.create(SERVICES, edited(samples.service("s", scene.namespace), resourceVersion="1"))


async def test_create_in_a_namespace_that_does_not_exist(scene: Scene) -> None:
    with pytest.raises(ObjectGone) as caught:
        await scene.api.create(SERVICES, samples.service("s", "no-such-namespace"))
    assert not isinstance(caught.value, KindMissing)


async def test_a_missing_object_is_not_a_missing_kind(scene: Scene) -> None:
    services = Hand(scene, SERVICES)
    ghost = edited(samples.service("ghost", scene.namespace), uid=OTHER_UID, resourceVersion="1")
    for call in (
        services.get("ghost"),
        services.patch("ghost", {"labels": {"a": "b"}}),
        services.delete(ghost),
        scene.api.replace(SERVICES, ghost),
        scene.api.replace_status(SERVICES, ghost),
    ):
        with pytest.raises(ObjectGone) as caught:
            await call
        assert not isinstance(caught.value, KindMissing)


async def test_a_missing_kind(scene: Scene) -> None:
    spare = Hand(scene, SPARE)
    body = samples.group("g", scene.namespace) | {"apiVersion": SPARE.api_version}
    ghost = edited(body, uid=OTHER_UID, resourceVersion="1")
    for call in (
        spare.get("g"),
        scene.api.list(SPARE),
        scene.api.create(SPARE, body),
        scene.api.replace(SPARE, ghost),
        scene.api.replace_status(SPARE, ghost),
        spare.patch("g", {"labels": {"a": "b"}}),
        spare.delete(ghost),
    ):
        with pytest.raises(KindMissing):
            await call


async def test_generation_counts_changes_of_the_spec_alone(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    labelled = await scene.api.replace(SERVICES, edited(created, labels={"a": "b"}))
    assert labelled["metadata"]["generation"] == 1
    scaled = await scene.api.replace(SERVICES, respec(labelled, replicas=3))
    assert scaled["metadata"]["generation"] == 2
    told = await scene.api.replace_status(SERVICES, scaled | {"status": {"observedGeneration": 2}})
    assert told["metadata"]["generation"] == 2
    claimed = await scene.api.replace(SERVICES, edited(told, generation=9, creationTimestamp=LONG_AGO))
    assert claimed == told


async def test_versions_grow_and_are_one_row_for_all_kinds(scene: Scene) -> None:
    service = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    group = await scene.api.create(GROUPS, samples.group("g", scene.namespace))
    lease = await scene.api.create(LEASES, samples.lease("l", scene.namespace))
    scaled = await scene.api.replace(SERVICES, respec(service, replicas=2))
    row = [version(manifest) for manifest in (service, group, lease, scaled)]
    assert row == sorted(set(row))


async def test_a_stale_write_is_a_conflict(scene: Scene) -> None:
    stale = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    fresh = await scene.api.replace(SERVICES, respec(stale, replicas=2))
    with pytest.raises(Conflict):
        await scene.api.replace(SERVICES, respec(stale, replicas=3))
    with pytest.raises(Conflict):
        await scene.api.replace_status(SERVICES, stale | {"status": {"serial": 1}})
    with pytest.raises(Conflict):
        await Hand(scene, SERVICES).patch(
            "s", {"labels": {"a": "b"}, "resourceVersion": stale["metadata"]["resourceVersion"]}
        )
    assert await Hand(scene, SERVICES).get("s") == fresh


async def test_a_write_needs_a_version(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    with pytest.raises(ApiInvalid):
        await scene.api.replace(SERVICES, without(created, "resourceVersion"))
    with pytest.raises(ApiInvalid):
        await scene.api.replace_status(SERVICES, without(created, "resourceVersion"))


async def test_another_uid_is_refused(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    with pytest.raises(Conflict):
        await scene.api.replace(SERVICES, edited(created, uid=OTHER_UID))
    with pytest.raises(Conflict):
        await scene.api.replace_status(SERVICES, edited(created, uid=OTHER_UID))
    with pytest.raises(ApiInvalid):
        await Hand(scene, SERVICES).patch("s", {"uid": OTHER_UID})


async def test_only_a_delete_sets_the_deletion_timestamp(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    with pytest.raises(ApiInvalid):
        await scene.api.replace(SERVICES, edited(created, deletionTimestamp=LONG_AGO))


async def test_a_replace_leaves_the_status_alone(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    told = await scene.api.replace_status(SERVICES, created | {"status": {"serial": 1}})
    scaled = await scene.api.replace(SERVICES, respec(told, replicas=2) | {"status": {"serial": 9}})
    assert scaled["status"] == {"serial": 1}


async def test_a_status_write_leaves_everything_else_alone(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    body = respec(edited(created, labels={"a": "b"}, finalizers=["a.test/b"], annotations={"a": "b"}), replicas=9)
    told = await scene.api.replace_status(SERVICES, body | {"status": {"serial": 1, "nonsense": 2}})
    assert told["status"] == {"serial": 1}
    assert told["spec"] == created["spec"]
    assert {"labels", "finalizers", "annotations"}.isdisjoint(told["metadata"])


async def test_a_status_that_is_taken_away_is_the_default_again(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    told = await scene.api.replace_status(SERVICES, created | {"status": {"serial": 1}})
    bare = {key: value for key, value in told.items() if key != "status"}
    assert (await scene.api.replace_status(SERVICES, bare))["status"] == {"observedGeneration": -1}


async def test_a_write_that_changes_nothing_is_none(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, edited(samples.service("s", scene.namespace), labels={"a": "b"}))
    told = await scene.api.replace_status(SERVICES, created | {"status": {"serial": 1}})
    assert version(await scene.api.replace(SERVICES, told)) == version(told)
    assert version(await scene.api.replace_status(SERVICES, told)) == version(told)
    assert version(await Hand(scene, SERVICES).patch("s", {"labels": {"a": "b"}})) == version(told)
    assert version(await Hand(scene, SERVICES).get("s")) == version(told)


async def test_the_first_write_after_a_create_counts_even_if_it_changes_nothing(scene: Scene) -> None:
    created = await scene.api.create(SERVICES, samples.service("s", scene.namespace))
    stored = await scene.api.replace(SERVICES, created)
    assert version(stored) > version(created)
    assert version(await scene.api.replace(SERVICES, stored)) == version(stored)


async def test_a_patch_merges_into_the_metadata(scene: Scene) -> None:
    body = edited(samples.service("s", scene.namespace), labels={"a": "1", "b": "2"}, annotations={"c": "3"})
    created = await scene.api.create(SERVICES, body)
    patch = {
        "labels": {"a": None, "d": "4"},
        "annotations": None,
        "finalizers": ["a.test/b"],
        "generation": 50,
        "resourceVersion": created["metadata"]["resourceVersion"],
    }
    patched = (await Hand(scene, SERVICES).patch("s", patch))["metadata"]
    assert patched["labels"] == {"b": "2", "d": "4"}
    assert "annotations" not in patched
    assert patched["finalizers"] == ["a.test/b"]
    assert patched["generation"] == 1


async def test_leases(scene: Scene) -> None:
    created = await scene.api.create(LEASES, samples.lease("l", scene.namespace))
    assert "generation" not in created["metadata"]
    renewed = await scene.api.replace(LEASES, respec(created, holderIdentity="two"))
    assert version(renewed) > version(created)
    with pytest.raises(Conflict):
        await scene.api.replace(LEASES, respec(created, holderIdentity="three"))
    with pytest.raises(ApiInvalid):
        await scene.api.replace(LEASES, without(renewed, "resourceVersion"))
    with pytest.raises(KindMissing):
        await scene.api.replace_status(LEASES, renewed)


async def test_a_replace_makes_a_lease_that_does_not_exist(scene: Scene) -> None:
    ghost = edited(samples.lease("l", scene.namespace), resourceVersion="5")
    made = await scene.api.replace(LEASES, ghost)
    assert await Hand(scene, LEASES).get("l") == made


async def test_revisions_keep_their_data(scene: Scene) -> None:
    created = await scene.api.create(REVISIONS, samples.revision("r", scene.namespace))
    assert "generation" not in created["metadata"]
    with pytest.raises(ApiInvalid):
        await scene.api.replace(REVISIONS, created | {"data": {"other": True}})
    assert (await scene.api.replace(REVISIONS, created | {"revision": 2}))["revision"] == 2
    labelled = await Hand(scene, REVISIONS).patch("r", {"labels": {"a": "b"}})
    assert (labelled["metadata"]["labels"]["a"], labelled["data"]) == ("b", created["data"])
