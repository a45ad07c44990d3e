import json
import subprocess
from pathlib import Path

import pytest
import yaml

from devcluster.cluster import ControlPlane
from devcluster.system import names
from devcluster.system.emulator import Emulator
from devcluster.system.operator import Operator
from tests.cluster.audit import OPERATOR
from tests.cluster.kubectl import Kubectl, Manifest

CRD = "aciservices.acioperator.dev"

ALLOWED = [
    ("patch", "aciservices.acioperator.dev", ""),
    ("update", "aciservices.acioperator.dev/status", ""),
    ("create", "acicontainergroups.acioperator.dev", ""),
    ("patch", "acicontainergroups.acioperator.dev", ""),
    ("update", "acicontainergroups.acioperator.dev", ""),
    ("delete", "acicontainergroups.acioperator.dev", ""),
    ("update", "acicontainergroups.acioperator.dev/status", ""),
    ("create", "controllerrevisions.apps", ""),
    ("create", "events", ""),
    ("get", "namespaces", "kube-system"),
]
REFUSED = [
    ("delete", "aciservices.acioperator.dev", ""),
    ("create", "aciservices.acioperator.dev", ""),
    ("get", "secrets", ""),
    ("list", "pods", ""),
    ("create", "serviceaccounts/token", ""),
    ("update", "aciservices.acioperator.dev", ""),
    ("patch", "aciservices.acioperator.dev/status", ""),
    ("patch", "acicontainergroups.acioperator.dev/status", ""),
    ("update", "controllerrevisions.apps", ""),
    ("watch", "controllerrevisions.apps", ""),
    ("get", "namespaces", "default"),
    ("list", "namespaces", ""),
    ("get", "leases.coordination.k8s.io", ""),
    ("get", "customresourcedefinitions.apiextensions.k8s.io", CRD),
]


def may(cluster: ControlPlane, verb: str, resource: str, name: str, namespace: str) -> bool:
    group, _, subresource = resource.partition("/")
    plural, _, api_group = group.partition(".")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": OPERATOR,
            "resourceAttributes": {
                "verb": verb,
                "group": api_group,
                "resource": plural,
                "subresource": subresource,
                "name": name,
                "namespace": namespace,
            },
        },
    }
    answer = json.loads(cluster.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review)))
    return bool(answer["status"]["allowed"])


@pytest.mark.parametrize(("verb", "resource", "name"), ALLOWED)
def test_the_operator_may(cluster: ControlPlane, verb: str, resource: str, name: str) -> None:
    assert may(cluster, verb, resource, name, "default")


@pytest.mark.parametrize(("verb", "resource", "name"), REFUSED)
def test_the_operator_may_not(cluster: ControlPlane, verb: str, resource: str, name: str) -> None:
    assert not may(cluster, verb, resource, name, "default")


def test_it_may_write_leases_in_its_own_namespace_alone(cluster: ControlPlane) -> None:
    lease = "leases.coordination.k8s.io"
    assert may(cluster, "update", lease, "", names.NAMESPACE)
    assert not may(cluster, "delete", lease, "", names.NAMESPACE)


def rendered(cluster: ControlPlane) -> list[Manifest]:
    return list(yaml.safe_load_all(cluster.kubectl("kustomize", names.MANIFESTS / "base")))


def test_no_rule_has_a_wildcard(cluster: ControlPlane) -> None:
    rules = [rule for manifest in rendered(cluster) for rule in manifest.get("rules", [])]
    assert rules
    for rule in rules:
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]


def test_the_pod_is_what_its_namespace_admits(cluster: ControlPlane) -> None:
    deployment = next(manifest for manifest in rendered(cluster) if manifest["kind"] == "Deployment")
    pod = {"apiVersion": "v1", "kind": "Pod", **deployment["spec"]["template"]}
    pod["metadata"] = {**pod["metadata"], "name": "operator", "namespace": names.NAMESPACE}
    admitted = cluster.kubectl("create", "--dry-run=server", "-f", "-", "-o", "name", stdin=json.dumps(pod))
    assert admitted == "pod/operator\n"


def test_the_operator_gets_in_with_its_token_and_no_further(
    cluster: ControlPlane, operator: Operator, kubectl: Kubectl
) -> None:
    operator.write_tokens()
    as_operator: list[str | Path] = [
        cluster.binaries.kubectl,
        "--kubeconfig",
        operator.kubeconfig,
        "-n",
        kubectl.namespace,
    ]
    groups = subprocess.run([*as_operator, "get", "acg"], check=True, capture_output=True, text=True)
    assert "No resources found" in groups.stderr
    secrets = subprocess.run([*as_operator, "get", "secrets"], check=False, capture_output=True, text=True)
    assert f'User "{OPERATOR}" cannot list resource "secrets"' in secrets.stderr


def test_the_emulator_starts_empty_and_starts_again(emulator: Emulator) -> None:
    assert emulator.control("groups") == []
    emulator.run.kill("emulator")
    emulator.start_again()
    assert emulator.control("groups") == []


def test_the_azure_role_has_no_wildcard() -> None:
    role = json.loads((names.MANIFESTS / "azure" / "role.json").read_text())
    assert not [action for action in role["Actions"] if "*" in action]
    assert not [action for action in role["Actions"] if action.endswith(("/exec/action", "/logs/read", "/listKeys"))]
