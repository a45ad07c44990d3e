"""A right that is missing is named in a condition; once it is granted, the work goes on without a restart."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from devcluster.cluster import KubectlFailed
from devcluster.system import names
from tests.cluster.audit import Request
from tests.cluster.scenes import Scene, bare, service

ROLE = names.MANIFESTS / "azure" / "role.json"


def role_without(action: str) -> dict[str, Any]:
    role: dict[str, Any] = json.loads(ROLE.read_text())
    role["Actions"].remove(f"Microsoft.ContainerInstance/containerGroups/{action}")
    return role


def test_a_role_without_a_right_in_azure(scene: Scene) -> None:
    scene.azure.set_role(role_without("write"))
    scene.start()
    scene.kubectl.apply(service("web", 1))
    message = scene.wait_stalled("acis", "web", "Forbidden")
    assert "Microsoft.ContainerInstance/containerGroups/write" in message
    scene.azure.set_role(role_without("delete"))
    scene.check("web", 1)

    scene.kubectl.text("delete", "acis", "web", "--wait=false")
    group = min(scene.object_names())
    message = scene.wait_stalled("acg", group, "Forbidden")
    assert "Microsoft.ContainerInstance/containerGroups/delete" in message
    assert scene.group_names() == {group}
    scene.azure.set_role(json.loads(ROLE.read_text()))
    scene.check_nothing_left()
    scene.check_log()


@contextmanager
def without_verb(scene: Scene, resource: str, verb: str) -> Iterator[None]:
    """Take a verb out of the operator's ClusterRole, and put it back in the end."""
    role = json.loads(scene.cluster.kubectl("get", "clusterrole", names.SERVICE_ACCOUNT, "-o", "json"))
    less = copy.deepcopy(role)
    for rule in less["rules"]:
        if resource in rule["resources"]:
            rule["verbs"].remove(verb)
    replace(scene, less)
    try:
        yield
    finally:
        replace(scene, role)


def replace(scene: Scene, role: dict[str, Any]) -> None:
    role["metadata"].pop("resourceVersion", None)
    scene.cluster.kubectl("replace", "-f", "-", stdin=json.dumps(role))


def refused(scene: Scene, mark: int) -> list[Request]:
    return [each for each in scene.writes(mark) if each.code == 403]


def test_a_service_account_without_a_verb(scene: Scene) -> None:
    scene.start()
    mark = scene.audit.now()
    with without_verb(scene, "acicontainergroups", "create"):
        scene.kubectl.apply(service("web", 1))
        message = scene.wait_stalled("acis", "web", "KubernetesForbidden")
        assert "create acicontainergroups.acioperator.dev" in message
        tried = len(refused(scene, mark))
        scene.wait(lambda: len(refused(scene, mark)) > tried, "another try")
    assert scene.check("web", 1)["status"]["serial"] <= len(refused(scene, mark)) + 1
    assert len(refused(scene, mark)) <= 4, "tried again and again without a pause"
    with without_verb(scene, "acicontainergroups", "delete"):
        scene.kubectl.text("scale", "acis/web", "--replicas=0")
        message = scene.wait_stalled("acis", "web", "KubernetesForbidden")
        assert "delete acicontainergroups.acioperator.dev" in message
    scene.wait_count(0)
    scene.check("web", 0)
    scene.check_log()


@contextmanager
def no_more_groups(scene: Scene) -> Iterator[None]:
    """Someone's admission policy that takes no more container groups."""
    name = f"no-{scene.kubectl.namespace}"
    rule = {
        "apiGroups": ["acioperator.dev"],
        "apiVersions": ["*"],
        "operations": ["CREATE"],
        "resources": ["acicontainergroups"],
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": scene.kubectl.namespace}}
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule], "namespaceSelector": here},
            "validations": [{"expression": "false", "message": "no more of these"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }
    scene.kubectl.apply(policy, binding)
    try:
        yield
    finally:
        scene.cluster.kubectl("delete", "validatingadmissionpolicybindings,validatingadmissionpolicies", name)


def test_an_admission_policy_that_takes_no_groups(scene: Scene) -> None:
    """The service is tried again after pauses that grow, though every try writes its status."""
    scene.start()
    with no_more_groups(scene):
        scene.wait(lambda: denied(scene), "the policy to be in force")
        mark = scene.audit.now()
        scene.kubectl.apply(service("web", 1))
        tries: list[Request] = []

        def four() -> bool:
            tries[:] = [each for each in scene.writes(mark) if each.resource == "acicontainergroups"]
            return len(tries) >= 4

        scene.wait(four, "four tries")
        first, last = (datetime.fromisoformat(tries[place].time) for place in (0, 3))
        assert (last - first).total_seconds() >= 0.1 + 0.2 + 0.4
    scene.check("web", 1)


def denied(scene: Scene) -> bool:
    try:
        scene.kubectl.text("create", "--dry-run=server", "-f", "-", stdin=json.dumps(bare("tried")))
    except KubectlFailed as error:
        return "no more of these" in str(error)
    return False
