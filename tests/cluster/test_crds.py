"""The CRDs in the real API server: each rule both ways."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aci_operator.api.crd import crds
from aci_operator.api.rules import VALIDATIONS

from devcluster.cluster import ControlPlane, KubectlFailed
from tests.cluster import crd_objects as objects
from tests.cluster.crd_cases import ACCEPTED, ACCEPTED_OF_A_SERVICE, REFUSED
from tests.cluster.crd_objects import GROUPS, SERVICES, Change, Kind, Manifest
from tests.cluster.kubectl import Kubectl

KINDS = pytest.mark.parametrize("kind", [SERVICES, GROUPS], ids=lambda kind: kind.plural)
FIXED_IN_SERVICE = "cannot be changed, since the container groups that run would be lost from sight"
FIXED_IN_GROUP = "a container group cannot be changed: change the AciService that made it"

CHANGES_OF_A_SERVICE: dict[str, tuple[Change, str]] = {
    "another resource group": ({"spec.resourceGroup": "other"}, "spec.resourceGroup"),
    "another subscription": ({"spec.subscriptionId": objects.SUBSCRIPTION.replace("1", "9")}, "spec.subscriptionId"),
    "no subscription": ({"spec.subscriptionId": objects.REMOVED}, "spec.subscriptionId"),
}
CHANGES_OF_A_GROUP: dict[str, tuple[Change, str]] = {
    "another subscription": ({"spec.subscriptionId": objects.SUBSCRIPTION.replace("1", "9")}, "spec.subscriptionId"),
    "another resource group": ({"spec.resourceGroup": "other"}, "spec.resourceGroup"),
    "another policy": ({"spec.resourceGroupPolicy": "CreateIfMissing"}, "spec.resourceGroupPolicy"),
    "another location": ({"spec.location": "northeurope"}, "spec.location"),
    "a zone": ({"spec.zone": "2"}, "spec.zone"),
    "another network": ({"spec.network": {"type": "None"}}, "spec.network"),
    "another tag": ({"spec.tags": {"team": "b"}}, "spec.tags"),
    "no tags": ({"spec.tags": objects.REMOVED}, "spec.tags"),
    "another image": ({"spec.template.containers[0].image": "other"}, "spec.template"),
}


STANDING_SERVICE: Change = {"metadata.name": "standing", "spec.subscriptionId": objects.SUBSCRIPTION}
STANDING_GROUP: Change = {"metadata.name": "standing", "spec.tags": {"team": "a"}}


@pytest.fixture(scope="module")
def dry(cluster: ControlPlane) -> Iterator[Kubectl]:
    """kubectl in a namespace with one object of each kind, for dry runs: they leave nothing behind."""
    kubectl = Kubectl(cluster, "crd-rules")
    cluster.kubectl("create", "namespace", kubectl.namespace)
    kubectl.apply(SERVICES.changed(STANDING_SERVICE), GROUPS.changed(STANDING_GROUP))
    yield kubectl
    cluster.kubectl("delete", "namespace", kubectl.namespace, "--wait=false")


def refusal(kubectl: Kubectl, manifest: Manifest) -> str:
    """What a dry run of `kubectl apply` says when it refuses."""
    with pytest.raises(KubectlFailed) as refused:
        kubectl.text("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))
    return str(refused.value)


def line(text: str, path: str) -> str:
    """The line about one field."""
    lines = [line for line in text.splitlines() if f"{path}: " in line]
    assert lines, f"nothing about {path} in: {text}"
    return "\n".join(lines)


def test_an_object_with_little_in_it_says_what_it_means(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service(), objects.group())
    service, group = kubectl("get", "acis", "llm"), kubectl("get", "acg", "llm-1-abcdefgh")
    written = {"resourceGroupPolicy": "MustExist", "deletionPolicy": "Delete", "network": {"type": "Public"}}
    assert service["spec"].items() >= {**written, "replicas": 1, "driftPolicy": "Report"}.items()
    assert group["spec"].items() >= written.items()
    assert service["spec"]["template"]["spec"] == {
        "containers": [objects.container("api", 80)],
        "restartPolicy": "Always",
        "priority": "Regular",
    }
    assert service["status"] == group["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_service_is_refused_with_a_sentence_at_the_field(dry: Kubectl, case: str) -> None:
    assert_refused(dry, SERVICES, case)


@pytest.mark.parametrize(
    "case",
    ["name with a full stop", "public without a port", "six container ports on one IP", "location by display name"],
)
def test_a_bad_group_is_refused_where_its_fields_lie_elsewhere(dry: Kubectl, case: str) -> None:
    assert_refused(dry, GROUPS, case)


def assert_refused(kubectl: Kubectl, kind: Kind, case: str) -> None:
    refused = REFUSED[case]
    text = refusal(kubectl, kind.changed(refused.change))
    assert refused.sentence in line(text, kind.path(refused.at))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [(SERVICES, ACCEPTED), (GROUPS, ACCEPTED), (SERVICES, ACCEPTED_OF_A_SERVICE)],
    ids=["aciservices", "acicontainergroups", "aciservices-alone"],
)
def test_what_is_on_the_right_side_of_each_rule_is_taken(dry: Kubectl, kind: Kind, changes: dict[str, Change]) -> None:
    good = [kind.changed({"metadata.name": f"good-{n}", **change}) for n, change in enumerate(changes.values())]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": good})
    taken = dry.text("apply", "--server-side", "--dry-run=server", "-f", "-", stdin=text)
    assert taken.count("serverside-applied (server dry run)") == len(changes)


@pytest.mark.parametrize("case", CHANGES_OF_A_SERVICE)
def test_a_service_stays_where_its_groups_are(dry: Kubectl, case: str) -> None:
    change, path = CHANGES_OF_A_SERVICE[case]
    assert FIXED_IN_SERVICE in line(refusal(dry, SERVICES.changed(STANDING_SERVICE | change)), path)


def test_a_service_without_a_subscription_cannot_be_given_one(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    text = refusal(kubectl, SERVICES.changed({"spec.subscriptionId": objects.SUBSCRIPTION}))
    assert FIXED_IN_SERVICE in line(text, "spec.subscriptionId")


def test_everything_else_of_a_service_can_change(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    change = {
        "spec.replicas": 3,
        "spec.resourceGroupPolicy": "CreateIfMissing",
        "spec.placements": [{"location": "northeurope"}, {"location": "westeurope"}],
        "spec.network": {"type": "None"},
        "spec.deletionPolicy": "Orphan",
        "spec.tags": {"team": "a"},
        "spec.template.metadata": {"annotations": {"rolled-at": "now"}, "labels": {"app": "llm"}},
        "T.containers[0].image": "example.azurecr.io/llm:2",
    }
    kubectl.apply(SERVICES.changed(change))
    assert kubectl("get", "acis", "llm")["metadata"]["generation"] == 2


@pytest.mark.parametrize("case", CHANGES_OF_A_GROUP)
def test_a_group_cannot_be_changed(dry: Kubectl, case: str) -> None:
    change, path = CHANGES_OF_A_GROUP[case]
    assert FIXED_IN_GROUP in line(refusal(dry, GROUPS.changed(STANDING_GROUP | change)), path)


def test_what_never_reaches_azure_of_a_group_can_change(kubectl: Kubectl) -> None:
    kubectl.apply(objects.group())
    change = {
        "spec.deletionPolicy": "Orphan",
        "spec.minReadySeconds": 5,
        "metadata.finalizers": ["acioperator.dev/azure"],
    }
    kubectl.apply(GROUPS.changed(change))
    spec = kubectl("get", "acg", "llm-1-abcdefgh")["spec"]
    assert (spec["deletionPolicy"], spec["minReadySeconds"]) == ("Orphan", 5)


def test_every_rule_of_the_crds_is_tried() -> None:
    def messages(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(messages, schema))
        if not isinstance(schema, dict):
            return set()
        own = {rule["message"] for rule in schema.get(VALIDATIONS, [])}
        return own.union(*map(messages, schema.values()))

    tried = [refused.sentence for refused in REFUSED.values()] + [FIXED_IN_SERVICE, FIXED_IN_GROUP]
    untried = [message for message in messages(crds()) if not any(sentence in message for sentence in tried)]
    assert untried == []


@KINDS
@pytest.mark.parametrize("at", ["spec", "spec.network", "T", "T.containers[0]", "T.containers[0].resources"])
def test_an_unknown_field_is_refused_by_its_name(dry: Kubectl, kind: Kind, at: str) -> None:
    manifest = kind.changed({f"{at}.gpuz": 1})
    assert f'unknown field "{kind.path(at)}.gpuz"' in refusal(dry, manifest)
