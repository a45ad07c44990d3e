"""What counts as changed in Azure, and what does not: fields by what a GET shows, and tags."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aci_emulator import Arm, Request, Settings
from aci_emulator.variants import choices
from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core import shape as shape_module
from aci_operator.core.body import body
from aci_operator.core.group.drift import differences, drift, told
from aci_operator.core.ownership import mended
from aci_operator.core.service.actions import CreateGroup
from aci_operator.core.service.replicas import replaceable
from aci_operator.core.shape import shape
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried
from tests.planted.bug import Bug, planted
from tests.unit.core.builders import (
    CLUSTER,
    RUNNING,
    SUBSCRIPTION,
    T0,
    at,
    changed,
    cloud,
    group,
    look,
    replica,
    tags_of,
    template,
)
from tests.unit.core.plans import born, decide, gone, some
from tests.unit.core.test_body import IDENTITY, SUBNET

API = "template.containers[api]"
PRIVATE = {"type": "Private", "subnetId": SUBNET}
ENV = [{"name": "A", "value": "1"}, {"name": "B", "value": ""}]


def subject(**spec: Any) -> ContainerGroup:
    runs = {
        **template(env=ENV, command=["run"], args=["x"]),
        "userAssignedIdentities": [IDENTITY],
        "imageRegistries": [{"server": "r.azurecr.io", "identity": IDENTITY}],
    }
    return group(**{"template": runs, **spec})


def found(document: dict[str, Any], of: ContainerGroup, provisioning: str = "Succeeded") -> tuple[str, ...] | None:
    return drift(of, replace(cloud(provisioning=provisioning), shape=shape(document)))


def edited(path: str, value: Any, of: ContainerGroup) -> dict[str, Any]:
    """Return the body of a group's PUT with one value changed; numbers in the path are places in lists."""
    document = deepcopy(body(of, {}))
    *outer, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    place: Any = document
    for key in outer:
        place = place[key]
    place[last] = value
    return document


C = "properties/containers/0/properties"


@pytest.mark.parametrize(
    ("path", "value", "fields"),
    [
        (f"{C}/image", "other", (f"{API}.image",)),
        (f"{C}/command", ["run"], (f"{API}.command",)),
        (f"{C}/environmentVariables/0/value", "2", (f"{API}.env[A]",)),
        (f"{C}/environmentVariables", [{"name": "A", "value": "1"}], (f"{API}.env[B]",)),
        (f"{C}/environmentVariables/0", {"name": "A"}, (f"{API}.env[A]",)),
        (f"{C}/ports", [{"port": 81}], (f"{API}.ports",)),
        (f"{C}/ports", [{"port": 80, "protocol": "UDP"}], (f"{API}.ports",)),
        (f"{C}/resources/requests/cpu", 2, (f"{API}.resources.requests.cpu",)),
        (f"{C}/resources/requests/memoryInGB", 1.6, (f"{API}.resources.requests.memory",)),
        ("properties/containers/0/name", "web", (API, "template.containers[web]")),
        ("properties/restartPolicy", "Never", ("template.restartPolicy",)),
        ("properties/ipAddress/ports", [{"port": 80}, {"port": 81}], ("network.ports",)),
        ("properties/ipAddress/type", "Private", ("network.type",)),
        ("identity", None, ("template.userAssignedIdentities",)),
        ("properties/imageRegistryCredentials/0/server", "docker.io", ("template.imageRegistries",)),
    ],
)
def test_a_change_is_named_by_its_field(path: str, value: Any, fields: tuple[str, ...]) -> None:
    assert found(edited(path, value, subject()), subject()) == fields


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/sku", "Standard"),
        ("properties/provisioningTimeoutInSeconds", 1800),
        ("properties/somethingNew", {"a": 1}),
        (f"{C}/configMap", {"keyValuePairs": {}}),
        (f"{C}/instanceView", {"restartCount": 3}),
        (f"{C}/ports", [{"port": 80}]),
        (f"{C}/resources/requests/cpu", 1),
        (f"{C}/resources/requests/memoryInGB", 1.5000001),
        (f"{C}/environmentVariables/1", {"name": "B"}),
        ("properties/restartPolicy", "always"),
        ("properties/ipAddress", None),
        ("properties/ipAddress/ip", "20.1.2.3"),
        ("properties/imageRegistryCredentials/0/isDelegatedIdentity", False),
        ("properties/imageRegistryCredentials/0/password", "hunter2"),
        ("identity/userAssignedIdentities", {IDENTITY.upper(): {"clientId": "x"}}),
        ("identity/principalId", "x"),
    ],
)
def test_what_azure_adds_hides_or_spells_differently_is_no_change(path: str, value: Any) -> None:
    assert found(edited(path, value, subject()), subject()) == ()


def test_a_subnet_compares_without_case() -> None:
    private = subject(network=PRIVATE)
    assert found(edited("properties/subnetIds/0/id", SUBNET.upper(), private), private) == ()
    assert found(edited("properties/subnetIds/0/id", SUBNET + "2", private), private) == ("network.subnetId",)


@pytest.mark.parametrize("provisioning", ["Creating", "Updating", "Repairing", "Failed", ""])
def test_while_azure_works_on_it_nothing_can_be_told(provisioning: str) -> None:
    assert found(edited(f"{C}/image", "other", subject()), subject(), provisioning) is None


@pytest.mark.parametrize("junk", [{}, {"properties": None}, {"properties": {"containers": "x"}}])
def test_nothing_can_be_told_of_what_makes_no_sense(junk: dict[str, Any]) -> None:
    assert found(junk, subject()) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "properties", "ports", "resources", "requests", "cpu"]), inner)
    ),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=3), JSON, JSON)
def test_no_answer_breaks_it(containers: list[Any], address: Any, identity: Any) -> None:
    shape({"properties": {"containers": containers, "ipAddress": address}, "identity": identity})


# --- The law: what comes back of what we send is no drift, whatever is not known of Azure

_TEXT = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12)
_CONTAINERS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.from_regex(r"[a-z]{1,8}", fullmatch=True),
            "image": st.sampled_from(["registry.test/api:1", "Registry.test/API@sha256:" + "a" * 64]),
            "command": st.lists(_TEXT, max_size=3),
            "env": st.lists(
                st.fixed_dictionaries(
                    {"name": st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True), "value": _TEXT}
                ),
                max_size=3,
                unique_by=lambda env: str(env["name"]),
            ),
            "ports": st.just([]),
            "resources": st.fixed_dictionaries(
                {
                    "requests": st.fixed_dictionaries(
                        {
                            "cpu": st.sampled_from(["1", "500m", "333m", "1.0"]),
                            "memory": st.sampled_from(["1G", "1500M", "1Gi", "777M"]),
                        }
                    )
                }
            ),
        }
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda container: str(container["name"]),
)
_NETWORKS = st.sampled_from([{"type": "None"}, {"type": "Public", "ports": [{"port": 53, "protocol": "UDP"}]}])
_VARIANTS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in choices().items()})


def come_back(document: dict[str, Any], variants: dict[str, str]) -> dict[str, Any]:
    """Return what Azure shows of a group a while after its PUT."""
    world = {"resource_groups": ["ai-services@westeurope"], "seed": 1, "variants": variants}
    arm = Arm(Settings.model_validate(world))
    path = (
        f"https://management.azure.com/subscriptions/{SUBSCRIPTION}/resourceGroups/ai-services/providers/"
        "Microsoft.ContainerInstance/containerGroups/g?api-version=2023-05-01"
    )
    headers = {"Content-Type": "application/json"}
    answer = arm.handle(Request("PUT", path, headers, json.dumps(document).encode()), T0)
    assert answer.status == 201, answer
    shown = arm.handle(Request("GET", path, {}, b""), T0 + timedelta(seconds=600)).document
    assert isinstance(shown, dict)
    return shown


def hide_values(document: dict[str, Any]) -> dict[str, Any]:
    """Return a body with its variables as secure ones, as Secrets become."""
    for container in document["properties"]["containers"]:
        for variable in container["properties"].get("environmentVariables", []):
            variable["secureValue"] = variable.pop("value")
    return document


@tried(200)
@given(_CONTAINERS, _NETWORKS, st.sampled_from(["Always", "Never"]), _VARIANTS, st.booleans())
def test_what_comes_back_of_what_we_send_is_no_drift(
    containers: list[Any], network: dict[str, Any], policy: str, variants: dict[str, str], secret: bool
) -> None:
    of = group(template={"containers": containers, "restartPolicy": policy}, network=network)
    sent = hide_values(body(of, {})) if secret else body(of, {})
    wanted, shown = shape(sent), shape(come_back(sent, variants))
    assert wanted is not None
    assert shown is not None
    assert differences(wanted, shown) == ()


def test_a_write_only_field_that_is_compared_is_noticed() -> None:
    def compared(variable: dict[str, Any]) -> str:
        return str(variable.get("value") or variable.get("secureValue") or "")

    sent = hide_values(body(subject(), {}))
    del sent["identity"], sent["properties"]["imageRegistryCredentials"]
    shown = come_back(sent, {})

    def differs() -> tuple[str, ...]:
        return differences(shape(sent) or (), shape(shown) or ())

    assert differs() == ()
    with planted(Bug(0, "a write-only field is compared", f"{shape_module.__name__}:_plain", compared)):
        assert differs() == (f"{API}.env[A]",)


# --- Tags


def test_tags_that_are_lost_or_ours_and_changed_are_put_back_and_others_stay() -> None:
    of = group(tags={"team": "a", "Cost": "42"})
    ours = tags_of(of)
    assert mended({**ours, "added": "x"}, of, CLUSTER) is None
    assert mended({**ours, "team": "b"}, of, CLUSTER) is None, "the user's own may be changed by others"
    assert mended({**{k: v for k, v in ours.items() if k != "Cost"}, "cost": "42"}, of, CLUSTER) is None, "case"
    left = {keys.TAG_CLUSTER: CLUSTER, keys.TAG_UID: of.metadata.uid, keys.TAG_NAME: "other", "added": "x"}
    assert mended(left, of, CLUSTER) == {**ours, "added": "x"}


def test_a_tag_that_came_back_in_another_case_and_changed_is_not_put_back_beside_itself() -> None:
    ours = tags_of(group())
    shouted = {**{k: v for k, v in ours.items() if k != keys.TAG_NAME}, keys.TAG_NAME.title(): "other"}
    assert mended(shouted, group(), CLUSTER) == ours


@pytest.mark.parametrize(
    ("count", "why", "words"),
    [
        (0, Reason.NOT_DRIFTED, "it is as it was made"),
        (5, Reason.DRIFTED, "changed in Azure: a, b, c, d, e"),
        (7, Reason.DRIFTED, "changed in Azure: a, b, c, d, e and 2 more"),
    ],
)
def test_at_most_five_fields_are_named(count: int, why: Reason, words: str) -> None:
    drifted = told(look(group(RUNNING)), ("a",))
    before = RUNNING.model_copy(update={"conditions": (*RUNNING.conditions, *drifted)})
    [condition] = told(look(group(before)), tuple("abcdefg")[:count])
    assert (condition.reason, condition.message) == (why, words)


def test_what_is_known_of_drift_stays_while_it_cannot_be_told() -> None:
    drifted = told(look(group(RUNNING)), ("a",))
    before = RUNNING.model_copy(update={"conditions": (*RUNNING.conditions, *drifted)})
    assert told(look(group(before)), None) == drifted
    assert told(look(group(RUNNING)), None) == ()


# --- What a service does about it


def test_a_drifted_replica_is_replaced_without_a_canary_and_surge_first() -> None:
    first = decide([changed(1), *some(2, 3)], driftPolicy="Replace")
    assert (born(first), gone(first)) == (["v1"], [])
    assert [action.why for action in first.actions if isinstance(action, CreateGroup)] == [Reason.DRIFTED]
    second = decide([changed(1), *some(2, 3, 4)], driftPolicy="Replace")
    assert (born(second), gone(second)) == ([], [1])
    assert [action.why for action in second.actions if hasattr(action, "why")] == [Reason.DRIFTED]


@pytest.mark.parametrize("more", [{}, {"driftPolicy": "Report"}, {"driftPolicy": "Replace", "paused": True}])
def test_otherwise_it_is_only_told(more: dict[str, Any]) -> None:
    decided = decide([changed(1), *some(2, 3)], **more)
    assert (born(decided), gone(decided)) == ([], [])
    assert any(c.type == "Drifted" and c.status == "True" for c in decided.status.conditions)


def test_a_new_revision_has_its_canary_though_all_old_ones_drifted() -> None:
    decided = decide([changed(1), changed(2), changed(3)], 3, "v2", driftPolicy="Replace")
    assert (born(decided), gone(decided)) == (["v2"], [])
    with_canary = decide([changed(1), changed(2), changed(3), replica(4, "v2")], 3, "v2", driftPolicy="Replace")
    assert [a.why for a in with_canary.actions if hasattr(a, "why")][:1] == [Reason.ROLLING_OUT]


def test_a_change_after_readiness_is_told_from_the_start_by_a_clock_that_was_set_back_too() -> None:
    of = replica(1)
    behind = look(of, now=at(-900))
    [condition] = told(behind, (f"{API}.image",))
    status = of.status.model_copy(update={"conditions": (*of.status.conditions, condition)})
    assert replaceable(of.model_copy(update={"status": status}))


def test_drift_of_what_was_never_ready_is_told_from_now() -> None:
    [condition] = told(look(group(RUNNING.model_copy(update={"ready_at": None}))), ("a",))
    assert condition.last_transition_time == look(group(RUNNING)).now


def test_what_differed_from_the_start_is_not_replaced_for_ever() -> None:
    assert not replaceable(changed(1, since=-300))
    assert replaceable(changed(1, since=-299))
