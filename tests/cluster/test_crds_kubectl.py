"""What kubectl makes of the CRDs: columns, /scale, explain, short names."""

import json

import pytest

from devcluster.cluster import KubectlFailed
from tests.cluster import crd_objects as objects
from tests.cluster.crd_objects import GROUPS, SERVICES, Manifest
from tests.cluster.kubectl import Kubectl


def ready(status: str, reason: str, message: str) -> Manifest:
    return {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-01-02T03:04:05Z",
        "observedGeneration": 1,
    }


def write_status(kubectl: Kubectl, kind: str, name: str, status: Manifest) -> None:
    patch = json.dumps({"status": status})
    kubectl.text("patch", kind, name, "--subresource=status", "--type=merge", "--patch", patch)


def table(kubectl: Kubectl, kind: str) -> dict[str, str]:
    """The only row of `kubectl get -o wide`, by column."""
    header, row = kubectl.text("get", kind, "-o", "wide").splitlines()
    starts = [header.index(name) for name in header.split()]
    ends = [*starts[1:], None]
    return {header[a:b].strip(): row[a:b].strip() for a, b in zip(starts, ends, strict=True)}


def test_a_service_shows_how_it_is(kubectl: Kubectl) -> None:
    kubectl.apply(SERVICES.changed({"spec.replicas": 3}))
    status = {
        "replicas": 3,
        "updatedReplicas": 2,
        "readyReplicas": 1,
        "ipSummary": "20.1.2.3",
        "location": "westeurope",
        "conditions": [ready("False", "RollingOut", "2 of 3 are updated")],
    }
    write_status(kubectl, "acis", "llm", status)
    row = table(kubectl, "acis")
    assert row.pop("AGE")
    assert row == {
        "NAME": "llm",
        "DESIRED": "3",
        "UP-TO-DATE": "2",
        "READY": "1",
        "STATUS": "False",
        "REASON": "RollingOut",
        "IPS": "20.1.2.3",
        "LOCATION": "westeurope",
        "MESSAGE": "2 of 3 are updated",
    }


def test_a_container_group_shows_how_it_is(kubectl: Kubectl) -> None:
    labels = {"acioperator.dev/service": "llm", "acioperator.dev/revision": "llm-5d8c7b9f64"}
    kubectl.apply(GROUPS.changed({"metadata.labels": labels, "spec.zone": "2"}))
    status = {
        "state": "Running",
        "restarts": 4,
        "ip": "20.1.2.3",
        "conditions": [ready("True", "Running", "all containers run")],
    }
    write_status(kubectl, "acg", "llm-1-abcdefgh", status)
    row = table(kubectl, "acg")
    assert row.pop("AGE")
    assert row == {
        "NAME": "llm-1-abcdefgh",
        "SERVICE": "llm",
        "STATE": "Running",
        "READY": "True",
        "RESTARTS": "4",
        "IP": "20.1.2.3",
        "LOCATION": "westeurope",
        "ZONE": "2",
        "REVISION": "llm-5d8c7b9f64",
        "IMAGE": "example.azurecr.io/llm:1",
        "MESSAGE": "all containers run",
    }


def test_both_kinds_are_listed_by_their_category(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service(), objects.group())
    assert kubectl.text("get", "aci", "-o", "name").split() == [
        "acicontainergroup.acioperator.dev/llm-1-abcdefgh",
        "aciservice.acioperator.dev/llm",
    ]


def test_a_service_is_scaled_from_its_default(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    kubectl.text("scale", "aciservice/llm", "--current-replicas=1", "--replicas=5")
    assert kubectl("get", "acis", "llm")["spec"]["replicas"] == 5


def test_the_scale_of_a_service_has_the_selector_that_an_autoscaler_needs(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    write_status(kubectl, "acis", "llm", {"replicas": 2, "selector": "acioperator.dev/service-uid=u"})
    scale = kubectl("get", "acis", "llm", "--subresource=scale")
    assert scale["spec"] == {"replicas": 1}
    assert scale["status"] == {"replicas": 2, "selector": "acioperator.dev/service-uid=u"}


def test_kubectl_autoscale_takes_a_service(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    kubectl.text("autoscale", "acis/llm", "--min=2", "--max=10")
    target = kubectl("get", "hpa", "llm")["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "acioperator.dev/v1alpha1", "kind": "AciService", "name": "llm"}


@pytest.mark.parametrize("replicas", ["0", "1000"])
def test_a_service_scales_to_both_ends(kubectl: Kubectl, replicas: str) -> None:
    kubectl.apply(objects.service())
    kubectl.text("scale", "acis/llm", f"--replicas={replicas}")
    assert kubectl("get", "acis", "llm")["spec"]["replicas"] == int(replicas)


def test_a_service_does_not_scale_beyond_its_limit(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    with pytest.raises(KubectlFailed, match=r"spec\.replicas.*less than or equal to 1000"):
        kubectl.text("scale", "acis/llm", "--replicas=1001")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("aciservice", "Keeps a number of equal container groups running on Azure Container Instances"),
        ("aciservice.spec.template", "What one replica is; a change is rolled out."),
        ("aciservice.spec.network.subnetId", "Private needs it, here or in each placement"),
        ("acicontainergroup", "One container group in Azure Container Instances."),
        ("acicontainergroup.spec.template.containers.resources.requests.cpu", "rounded up to 0.01"),
        ("acicontainergroup.status.state", "One word for people."),
    ],
)
def test_kubectl_explains_the_fields(kubectl: Kubectl, path: str, text: str) -> None:
    explained = " ".join(kubectl.text("explain", path).split())
    assert text in explained


def test_conditions_are_merged_by_type(kubectl: Kubectl) -> None:
    kubectl.apply(objects.service())
    twice = [ready("True", "Ready", "yes"), ready("False", "Progressing", "no")]
    with pytest.raises(KubectlFailed, match=r"status\.conditions\[1\]: Duplicate value"):
        write_status(kubectl, "acis", "llm", {"conditions": twice})
