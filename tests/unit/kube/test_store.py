import gc
import weakref
from collections import OrderedDict
from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, SERVICES, Listing, Manifest
from aci_operator.kube.store import STORED, Change, Store

from tests.model import samples

KEY = Key("team-a", "llm-1-abcdefgh")
OWNER = Key("team-a", "llm")
TEMPLATE = {
    "containers": [{"name": "api", "image": "nginx", "resources": {"requests": {"cpu": "1", "memory": "1G"}}}],
}


def group(version: int, uid: str = "a", name: str = KEY.name, **metadata: Any) -> Manifest:
    return {
        "metadata": {
            "namespace": KEY.namespace,
            "name": name,
            "uid": uid,
            "resourceVersion": str(version),
            "ownerReferences": [
                {
                    "apiVersion": SERVICES.api_version,
                    "kind": SERVICES.kind,
                    "name": OWNER.name,
                    "uid": "owner",
                    "controller": True,
                }
            ],
            **metadata,
        },
        "spec": {
            "subscriptionId": "11111111-1111-1111-1111-111111111111",
            "resourceGroup": "rg",
            "location": "westeurope",
            "template": TEMPLATE,
        },
    }


def listing(version: int, *items: Manifest) -> Listing:
    return Listing(list(items), str(version))


def shown(store: Store) -> tuple[str, str] | None:
    found = store.group(KEY)
    return (found.metadata.uid, found.metadata.resource_version) if found else None


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_newer_version_replaces_an_older_one_and_never_the_other_way_round(store: Store) -> None:
    assert store.observe(GROUPS, "ADDED", group(9)) == Change(GROUPS, KEY, OWNER)
    assert store.observe(GROUPS, "MODIFIED", group(10))  # as text, 10 is less than 9
    assert not store.observe(GROUPS, "MODIFIED", group(9))
    assert not store.observe(GROUPS, "MODIFIED", group(10))
    assert shown(store) == ("a", "10")


def test_a_deletion_ends_its_uid_whatever_comes_late(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(5))
    assert store.observe(GROUPS, "DELETED", group(8)) == Change(GROUPS, KEY, OWNER)
    assert not store.observe(GROUPS, "MODIFIED", group(7))
    assert not store.observe(GROUPS, "DELETED", group(8))
    assert shown(store) is None


def test_the_late_deletion_of_an_earlier_namesake_changes_nothing(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(9, uid="b"))
    assert not store.observe(GROUPS, "DELETED", group(8, uid="a"))
    assert not store.observe(GROUPS, "MODIFIED", group(7, uid="a"))
    assert shown(store) == ("b", "9")


def test_what_came_before_an_ended_namesake_does_not_return(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(9, uid="b"))
    store.observe(GROUPS, "DELETED", group(10, uid="b"))
    assert not store.observe(GROUPS, "MODIFIED", group(4, uid="a"))
    assert shown(store) is None


def test_a_deletion_ends_an_earlier_namesake_too(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(4, uid="a"))
    assert store.observe(GROUPS, "DELETED", group(10, uid="b"))
    assert shown(store) is None


def test_an_own_404_ends_the_uid_that_was_known(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(5))
    assert store.gone(GROUPS, KEY, "a", 5)
    assert not store.observe(GROUPS, "MODIFIED", group(6))
    assert store.observe(GROUPS, "ADDED", group(9, uid="b"))


def test_a_list_prunes_what_it_does_not_hold(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(5))
    assert store.replace_all(GROUPS, listing(6), since=5) == [Change(GROUPS, KEY, OWNER)]
    assert not store.observe(GROUPS, "MODIFIED", group(5))
    assert shown(store) is None


def test_a_list_does_not_prune_what_was_created_after_it_began(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(7))
    assert store.replace_all(GROUPS, listing(6), since=5) == []
    assert shown(store) == ("a", "7")


def test_a_list_from_before_a_deletion_does_not_bring_the_object_back(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(5))
    store.gone(GROUPS, KEY, "a", 5)
    assert store.replace_all(GROUPS, listing(6, group(5)), since=5) == []
    assert shown(store) is None
    assert store.replace_all(GROUPS, listing(9), since=6) == []
    assert not store.observe(GROUPS, "MODIFIED", group(5))


def test_a_list_from_before_a_deletion_does_not_wipe_out_its_trace(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(5))
    store.observe(GROUPS, "DELETED", group(8))
    store.replace_all(GROUPS, listing(6, group(5)), since=5)
    assert not store.observe(GROUPS, "MODIFIED", group(7))
    assert shown(store) is None


def test_versions_that_go_back_are_a_restored_cluster(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.observe(GROUPS, "ADDED", group(900))
    store.observe(GROUPS, "ADDED", group(901, uid="x", name="other"))
    since = store.newest(GROUPS)
    changes = store.replace_all(GROUPS, listing(400, group(300)), since=since)
    assert {change.key.name for change in changes} == {KEY.name, "other"}
    assert shown(store) == ("a", "300")
    assert store.keys(GROUPS) == [KEY]
    assert "went back" in caplog.text


def test_a_controller_of_another_kind_is_no_service(store: Store) -> None:
    workflow = {"apiVersion": "argoproj.io/v1", "kind": "Workflow", "name": OWNER.name, "uid": "w", "controller": True}
    assert store.observe(GROUPS, "ADDED", group(1, ownerReferences=[workflow])) == Change(GROUPS, KEY, None)
    assert not store.groups_of("w")


def test_groups_are_found_by_the_service_that_controls_them(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(1, uid="b", name="b"))
    store.observe(GROUPS, "ADDED", group(2, uid="a", name="a"))
    assert [it.metadata.name for it in store.groups_of("owner")] == ["a", "b"]
    store.observe(GROUPS, "MODIFIED", group(3, uid="a", name="a", ownerReferences=[]))
    assert [it.metadata.name for it in store.groups_of("owner")] == ["b"]
    store.observe(GROUPS, "DELETED", group(4, uid="b", name="b"))
    assert store.groups_of("owner") == []


def test_an_object_that_makes_no_sense_is_kept_aside(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    bad = group(5)
    bad["spec"]["template"] = {"containers": [{"name": "api", "image": {"secret": "s3cr3t"}}]}
    assert store.observe(GROUPS, "ADDED", bad)
    bad["metadata"]["resourceVersion"] = "6"
    assert store.observe(GROUPS, "MODIFIED", bad)
    assert shown(store) is None
    assert store.keys(GROUPS) == [KEY]
    assert store.groups_of("owner") == []
    problem = store.problems()[GROUPS, KEY]
    assert "spec.template.containers.0.image: string_type" in problem
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "s3cr3t" not in caplog.text + problem
    assert store.observe(GROUPS, "MODIFIED", group(7))
    assert not store.problems()


def test_complete_after_all_kinds_were_listed_until_one_is_missing(store: Store) -> None:
    for resource in STORED:
        assert not store.complete()
        store.replace_all(resource, listing(1), since=-1)
    assert store.complete()
    store.incomplete(SERVICES)
    assert not store.complete()
    store.replace_all(SERVICES, listing(2), since=1)
    assert store.complete()


def test_an_object_that_is_held_is_not_parsed_again(store: Store) -> None:
    store.observe(GROUPS, "ADDED", group(5))
    before = store.group(KEY)
    store.replace_all(GROUPS, listing(9, group(5)), since=5)
    assert store.group(KEY) is before


def test_of_an_object_only_its_newest_version_is_kept_parsed_and_nothing_when_it_is_gone(store: Store) -> None:
    """What has ended would fill the memory: names never come back."""
    kept: list[weakref.ref[ContainerGroup]] = []
    for version in (5, 6):
        store.observe(GROUPS, "ADDED", group(version))
        subject = store.group(KEY)
        assert subject is not None
        kept.append(weakref.ref(subject))
    del subject
    assert [ref() is not None for ref in kept] == [False, True]
    store.gone(GROUPS, KEY, "a", 7)
    assert [ref() is not None for ref in kept] == [False, False]


def test_what_is_asked_of_all_groups_at_once_parses_none_of_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are more of them than are kept parsed: a scan would hold the loop for seconds."""
    for number, state in enumerate(("Running", "Running", "Creating", "")):
        subject = group(number + 1, uid=f"uid-{number}", name=f"llm-{number}")
        store.observe(GROUPS, "ADDED", {**subject, "status": {"state": state} if state else {}})
    broken = group(5, uid="broken", name="broken")
    broken["spec"]["template"] = {"containers": 3}
    store.observe(GROUPS, "ADDED", broken)
    subject = samples.service("llm", KEY.namespace, resourceGroup="Other")
    subject["metadata"] |= {"uid": "service", "resourceVersion": "6"}
    store.observe(SERVICES, "ADDED", subject)
    monkeypatch.setattr("aci_operator.kube.parsing._Tree.content", lambda *_: pytest.fail("parsed"))
    assert store.count(GROUPS) == 5
    assert store.group_uids() == {"uid-0", "uid-1", "uid-2", "uid-3", "broken"}
    assert store.group_states() == {"Running": 2, "Creating": 1}
    assert store.places() == {("11111111-1111-1111-1111-111111111111", "rg"), ("", "other")}
    store.gone(GROUPS, Key(KEY.namespace, "llm-0"), "uid-0", 7)
    assert store.count(GROUPS) == 4
    assert store.group_states() == {"Running": 1, "Creating": 1}


def test_the_tree_of_an_object_goes_with_it_or_when_others_are_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aci_operator.kube.parsing._TREES", 2)
    monkeypatch.setattr("aci_operator.kube.parsing._recent", OrderedDict())
    keys = [Key(KEY.namespace, f"llm-{number}") for number in range(4)]
    for number, key in enumerate(keys):
        store.observe(GROUPS, "ADDED", group(number + 1, uid=f"uid-{number}", name=key.name))
    first, second, third = map(weakref.ref, map(store.group, keys[:3]))
    store.gone(GROUPS, keys[1], "uid-1", 9)
    gc.collect()
    assert [it() is not None for it in (first, second, third)] == [False, False, True]
    assert store.group(keys[0]) is not None, "it is made anew"


def test_an_object_that_is_written_often_pushes_out_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aci_operator.kube.parsing._TREES", 3)
    monkeypatch.setattr("aci_operator.kube.parsing._recent", OrderedDict())
    quiet = Key(KEY.namespace, "quiet")
    store.observe(GROUPS, "ADDED", group(1, uid="quiet", name=quiet.name))
    before = store.group(quiet)
    for version in range(2, 10):
        store.observe(GROUPS, "MODIFIED", group(version))
    assert store.group(quiet) is before
