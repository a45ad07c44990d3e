"""The hash of a revision: what changes it is rolled out, and what was hashed once never gets another hash."""

from typing import Any

import pytest
from aci_operator.api.service import ServiceSpec
from aci_operator.core.revision import revision_data, revision_hash

IDENTITY = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ids/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
)
SUBNET = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers"
    "/Microsoft.Network/virtualNetworks/v/subnets/aci"
)
REQUESTS = {"cpu": "1", "memory": "1500M"}


def container(**changes: Any) -> dict[str, Any]:
    return {"name": "api", "image": "registry.test/api:1", "resources": {"requests": REQUESTS}, **changes}


def spec(
    *containers: dict[str, Any],
    metadata: dict[str, Any] | None = None,
    network: dict[str, Any] | None = None,
    pod: dict[str, Any] | None = None,
    **more: Any,
) -> ServiceSpec:
    template: dict[str, Any] = {"spec": {"containers": list(containers) or [container()], **(pod or {})}}
    if metadata is not None:
        template["metadata"] = metadata
    values = {"resourceGroup": "rg", "placements": [{"location": "westeurope"}], "template": template, **more}
    return ServiceSpec.model_validate(values if network is None else {**values, "network": network})


def hashed(*containers: dict[str, Any], **more: Any) -> str:
    return revision_hash(revision_data(spec(*containers, **more)))


GOLDEN = [
    pytest.param(spec(), "66b6onc6xk", id="plain"),
    pytest.param(spec(container(image="registry.test/api:2")), "pyd5raibb6", id="another image"),
    pytest.param(spec(container(ports=[{"containerPort": 80}])), "jkdabza7ld", id="a port"),
    pytest.param(spec(container(env=[{"name": "A", "value": "ü"}])), "rpkpe4nd7i", id="a variable, not in ASCII"),
    pytest.param(spec(container(command=["/run"], args=["--fast"])), "pv6om3wsbp", id="a command"),
    pytest.param(spec(container(), container(name="sidecar")), "2ctwxhw7fc", id="two containers"),
    pytest.param(spec(metadata={"annotations": {"restarted-at": "now"}}), "lfrxpjs5dc", id="an annotation"),
    pytest.param(spec(network={"type": "None"}), "2dnyqolh3s", id="no network"),
    pytest.param(spec(network={"type": "Private", "subnetId": SUBNET}), "5gxzh2l3mb", id="private"),
    pytest.param(
        spec(
            pod={
                "restartPolicy": "Never",
                "userAssignedIdentities": [IDENTITY],
                "imageRegistries": [{"server": "registry.test", "identity": IDENTITY}],
            }
        ),
        "dhcwn6iju4",
        id="policy, identity, registry",
    ),
]


@pytest.mark.parametrize(("given", "expected"), GOLDEN)
def test_a_hash_that_was_given_once_is_given_for_ever(given: ServiceSpec, expected: str) -> None:
    """Never change a value here: every service with such a template would restart at the next upgrade."""
    assert revision_hash(revision_data(given)) == expected


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(spec(metadata={}), id="metadata"),
        pytest.param(spec(metadata={"labels": {}, "annotations": {}}), id="labels and annotations"),
        pytest.param(spec(network={}), id="network"),
        pytest.param(spec(network={"type": "Public", "ports": []}), id="type of network and its ports"),
        pytest.param(spec(container(command=[], args=[], env=[], ports=[])), id="empty lists"),
        pytest.param(spec(pod={"restartPolicy": "Always"}), id="restart policy"),
        pytest.param(spec(pod={"userAssignedIdentities": [], "imageRegistries": []}), id="identities"),
        pytest.param(spec(container(resources={"requests": {"cpu": 1, "memory": "1500M"}})), id="a number for cpu"),
    ],
)
def test_a_default_that_is_written_out_changes_nothing(given: ServiceSpec) -> None:
    assert revision_hash(revision_data(given)) == hashed()


@pytest.mark.parametrize(
    ("written", "left_out"),
    [
        ({"ports": [{"containerPort": 80, "protocol": "TCP"}]}, {"ports": [{"containerPort": 80}]}),
        ({"ports": [{"containerPort": 80, "name": None}]}, {"ports": [{"containerPort": 80}]}),
        ({"env": [{"name": "A", "value": ""}]}, {"env": [{"name": "A"}]}),
    ],
)
def test_a_default_inside_a_list_changes_nothing(written: dict[str, Any], left_out: dict[str, Any]) -> None:
    assert hashed(container(**written)) == hashed(container(**left_out))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(spec(replicas=7), id="replicas"),
        pytest.param(spec(tags={"a": "b"}), id="tags"),
        pytest.param(spec(placements=[{"location": "northeurope"}]), id="placement"),
        pytest.param(spec(deletionPolicy="Orphan"), id="deletion policy"),
        pytest.param(spec(metadata={"labels": {"app": "llm"}}), id="labels, which never reach Azure"),
    ],
)
def test_what_no_replica_would_notice_is_not_rolled_out(given: ServiceSpec) -> None:
    assert revision_hash(revision_data(given)) == hashed()


def test_labels_beside_an_annotation_change_nothing_either() -> None:
    noted = {"annotations": {"restarted-at": "now"}}
    assert hashed(metadata={**noted, "labels": {"app": "llm"}}) == hashed(metadata=noted)


def test_every_difference_has_its_own_hash() -> None:
    hashes = [revision_hash(revision_data(entry.values[0])) for entry in GOLDEN]  # type: ignore[arg-type]
    assert len(set(hashes)) == len(GOLDEN)


def test_the_order_of_fields_does_not_matter_but_that_of_containers_does() -> None:
    one, two = container(), container(name="sidecar")
    assert hashed(dict(reversed(one.items()))) == hashed(one)
    assert hashed(one, two) != hashed(two, one)


def test_a_stored_revision_gives_the_same_hash_when_it_is_read_back() -> None:
    given = revision_data(spec(container(ports=[{"containerPort": 80}]), metadata={"annotations": {"a": "b"}}))
    assert revision_hash(type(given).model_validate(given.canonical())) == revision_hash(given)
