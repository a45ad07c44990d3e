from datetime import UTC, datetime
from typing import Any

import pytest
from aci_operator.azure.groups import from_list, from_read
from aci_operator.core.cloud import CloudContainer, CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.errors import MESSAGE_LIMIT
from hypothesis import given
from hypothesis import strategies as st

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
REF = GroupRef(ResourceGroupRef(SUBSCRIPTION, "rg"), "g")
ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG/providers/Microsoft.ContainerInstance/containerGroups/G"


def event(name: str, message: str, kind: str = "Normal", at: str = "2023-05-01T16:47:52Z") -> dict[str, Any]:
    return {"count": 1, "firstTimestamp": at, "lastTimestamp": at, "name": name, "message": message, "type": kind}


def group(*views: dict[str, Any], state: str = "Running", events: Any = None) -> dict[str, Any]:
    return {
        "id": ID,
        "name": "G",
        "location": "West Europe",
        "tags": {"a": "b"},
        "properties": {
            "provisioningState": "Succeeded",
            "ipAddress": {"ip": "20.1.2.3", "ports": [{"port": 80, "protocol": "TCP"}], "type": "Public"},
            "containers": [
                {"name": f"c{index}", "properties": {"image": "i", "instanceView": view}}
                for index, view in enumerate(views)
            ],
            "instanceView": {"state": state, "events": events or []},
        },
    }


RUNNING: dict[str, Any] = {
    "restartCount": 0,
    "currentState": {"state": "Running", "startTime": "2023-05-01T16:47:52.6785615Z", "detailStatus": ""},
    "events": [event("Pulled", "Successfully pulled image"), event("Started", "Started container")],
}


def test_a_running_group() -> None:
    assert from_read(REF, group(RUNNING)) == CloudGroup(
        ref=REF,
        location="westeurope",
        tags={"a": "b"},
        provisioning_state="Succeeded",
        ip="20.1.2.3",
        state="Running",
        containers=(CloudContainer("c0", "Running", started_at=datetime(2023, 5, 1, 16, 47, 52, 678561, tzinfo=UTC)),),
    )


def test_a_list_has_no_instance_view() -> None:
    listed = group(RUNNING)
    del listed["properties"]["instanceView"]
    assert from_list(SUBSCRIPTION, listed) == CloudGroup(
        ref=REF, location="westeurope", tags={"a": "b"}, provisioning_state="Succeeded", ip="20.1.2.3"
    )


@pytest.mark.parametrize(
    ("view", "container"),
    [
        ({}, CloudContainer("c0")),
        (
            {"restartCount": 0, "currentState": {"state": "Terminated", "exitCode": 2, "detailStatus": "Error"}},
            CloudContainer("c0", "Terminated", exit_code=2, detail="Error"),
        ),
        (
            {
                "restartCount": 4,
                "currentState": {"state": "Waiting", "detailStatus": "CrashLoopBackOff: Back-off restarting failed"},
                "previousState": {"state": "Terminated", "exitCode": 1, "detailStatus": "Error"},
            },
            CloudContainer(
                "c0", "Waiting", restarts=4, exit_code=1, detail="CrashLoopBackOff: Back-off restarting failed"
            ),
        ),
        (
            {
                "restartCount": 1,
                "currentState": {"state": "Running", "startTime": "2023-05-01T16:47:52Z"},
                "previousState": {"state": "Terminated", "exitCode": 7147, "detailStatus": "SIGINT"},
            },
            CloudContainer(
                "c0", "Running", restarts=1, started_at=datetime(2023, 5, 1, 16, 47, 52, tzinfo=UTC), killed=True
            ),
        ),
        (
            {"currentState": {"state": "Terminated", "exitCode": 7148}, "previousState": {"exitCode": 1}},
            CloudContainer("c0", "Terminated", exit_code=7148, killed=True),
        ),
        (
            {"restartCount": 0, "currentState": {"state": "Terminated", "detailStatus": "Container stopped"}},
            CloudContainer("c0", "Terminated", detail="Container stopped"),
        ),
    ],
)
def test_containers(view: dict[str, Any], container: CloudContainer) -> None:
    assert from_read(REF, group(view)).containers == (container,)


@pytest.mark.parametrize("address", [None, {}, {"type": "Private"}, {"ip": "0.0.0.0"}, {"ip": None}])
def test_an_address_that_is_not_there_yet(address: Any) -> None:
    content = group()
    content["properties"]["ipAddress"] = address
    assert from_read(REF, content).ip == ""


def test_failures_are_joined_warnings_first_each_once() -> None:
    container = {
        "events": [
            event("Pulling", 'pulling image "x"', at="2023-05-01T10:00:00Z"),
            event("Failed", 'Failed to pull image "x": denied', "Warning", at="2023-05-01T10:00:01Z"),
            event("BackOff", 'Back-off pulling image "x"', at="2023-05-01T10:00:02Z"),
            event("Failed", 'Failed to pull image "x": denied', "Warning", at="2023-05-01T10:00:03Z"),
            event("Created", "Error: Failed to start container", at="2023-05-01T10:00:04Z"),
        ]
    }
    mount = event("FailedMountAzureFileVolume", "Failed to mount Azure File Volume.", at="2023-05-01T09:00:00Z")
    assert from_read(REF, group(container, events=[mount])).failure == (
        'Failed to pull image "x": denied; Error: Failed to start container; Back-off pulling image "x"; '
        "Failed to mount Azure File Volume."
    )
    assert from_read(REF, group(RUNNING)).failure == ""


def test_another_try_says_the_same() -> None:
    """Azure raises count and lastTimestamp of an event that comes again, in turns with the others."""
    failed = event("Failed", 'Failed to pull image "x": denied', "Warning", at="2023-05-01T10:00:01Z")
    waits = event("BackOff", 'Back-off pulling image "x"', at="2023-05-01T10:00:02Z")
    for late in (failed, waits):
        again = {**late, "lastTimestamp": "2023-05-01T10:01:00Z"}
        events = [again if other is late else other for other in (failed, waits)]
        assert from_read(REF, group(events=events)).failure == from_read(REF, group(events=[failed, waits])).failure


def test_what_was_a_warning_once_is_one() -> None:
    events = [
        event("Failed", "registry down", at="2023-05-01T10:00:00Z"),
        event("Failed", "registry down", "Warning", at="2023-05-01T10:05:00Z"),
        event("BackOff", "Back-off pulling", at="2023-05-01T10:01:00Z"),
    ]
    assert from_read(REF, group({"events": events})).failure == "registry down; Back-off pulling"


def test_what_a_container_failed_at_before_it_ran_is_over() -> None:
    denied, missing = (event("Failed", f"Failed to pull image: {why}", "Warning") for why in ("denied", "missing"))
    assert from_read(REF, group({**RUNNING, "events": [denied]}, {"events": [missing]})).failure == missing["message"]


def test_failures_are_cut_and_without_secrets() -> None:
    failure = from_read(REF, group(events=[event("Failed", "token=hunter2 " + "x" * 1000, "Warning")])).failure
    assert len(failure) == MESSAGE_LIMIT
    assert "hunter2" not in failure


@pytest.mark.parametrize("content", [None, [], "x", {}, {"properties": None}])
def test_what_is_no_group(content: Any) -> None:
    with pytest.raises(ValueError, match="not that of a container group"):
        from_read(REF, content)


@pytest.mark.parametrize("resource_id", [None, "", "/subscriptions/x", ID.rsplit("/", 1)[0] + "/"])
def test_an_entry_that_does_not_say_which_group_it_is(resource_id: Any) -> None:
    with pytest.raises(ValueError, match="not the id of a container group"):
        from_list(SUBSCRIPTION, {"id": resource_id})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PATHS: list[tuple[str | int, ...]] = [
    ("location",),
    ("tags",),
    ("properties", "provisioningState"),
    ("properties", "ipAddress"),
    ("properties", "ipAddress", "ip"),
    ("properties", "containers"),
    ("properties", "containers", 0),
    ("properties", "containers", 0, "name"),
    ("properties", "containers", 0, "properties"),
    ("properties", "containers", 0, "properties", "instanceView"),
    ("properties", "containers", 0, "properties", "instanceView", "restartCount"),
    ("properties", "containers", 0, "properties", "instanceView", "events"),
    ("properties", "containers", 0, "properties", "instanceView", "currentState"),
    ("properties", "containers", 0, "properties", "instanceView", "currentState", "startTime"),
    ("properties", "containers", 0, "properties", "instanceView", "currentState", "exitCode"),
    ("properties", "instanceView"),
    ("properties", "instanceView", "events"),
]


@given(path=st.sampled_from(PATHS), value=json_values)
def test_a_strange_value_anywhere_breaks_nothing(path: tuple[str | int, ...], value: Any) -> None:
    content: Any = group({**RUNNING, "currentState": dict(RUNNING["currentState"])})
    parent = content
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    assert from_read(REF, content).ref == REF
    assert from_list(SUBSCRIPTION, content).ref == REF
