"""A container group that is not ours by its tags is never touched, whatever its name."""

from typing import Any

from devcluster.system import names
from tests.cluster.scenes import TAG, Group, Scene, bare


def place(scene: Scene, group: str, **tags: str) -> None:
    scene.azure.place(
        resource_group=names.RESOURCE_GROUP,
        name=group,
        location=names.LOCATION,
        tags={f"{TAG}{key}": value for key, value in tags.items()},
    )


def unchanging(group: Group) -> dict[str, Any]:
    return {key: group[key] for key in ("name", "uid", "tags", "starts", "puts", "image")}


def test_a_group_of_someone_else_at_the_wanted_name_is_left_alone(scene: Scene) -> None:
    """Without tags; of another cluster; of this one, with another uid and another name."""
    here = {"cluster": scene.cluster_id, "created": "2020-01-01T00:00:00Z", "namespace": scene.kubectl.namespace}
    place(scene, "untagged")
    place(scene, "elsewhere", **{**here, "cluster": "another", "name": "elsewhere", "uid": "1"})
    place(scene, "renamed", **{**here, "name": "other", "uid": "00000000-0000-0000-0000-000000000000"})
    place(scene, "unreadable", **{**here, "name": "unreadable", "uid": ""})
    wanted = {"untagged", "elsewhere", "renamed", "unreadable"}
    scene.wait(lambda: {group["state"] for group in scene.groups()} == {"Running"}, "all of them to run")
    before = {group["name"]: unchanging(group) for group in scene.groups()}
    assert set(before) == wanted

    scene.start()
    scene.kubectl.apply(*(bare(name) for name in wanted), bare("mine"))
    for name in wanted:
        message = scene.wait_stalled("acg", name, "OwnershipConflict")
        assert f'"{name}"' in message
        assert "not ours by its tags" in message
    scene.kubectl.text("wait", "--for=condition=Ready", "acg/mine", "--timeout=60s")
    scene.kubectl.text("delete", "acg", "--all", "--timeout=60s")

    assert {group["name"]: unchanging(group) for group in scene.groups()} == before
    assert {each["path"].rsplit("/", 1)[1] for each in scene.arm_writes()} == {"mine"}
    scene.check_log()
