"""What kubectl and GitOps tools do with objects that are kept in Git, on the real API server."""

import json
from collections.abc import Iterator

import pytest
import yaml

from devcluster.cluster import ControlPlane, KubectlFailed
from devcluster.system import names
from tests.cluster.kubectl import Kubectl
from tests.cluster.scenes import FINALIZER, Scene, service
from tests.cluster.test_crds_kubectl import ready, write_status

ARGO = names.MANIFESTS / "gitops" / "argocd"
KINDS = ("AciService", "AciContainerGroup")
GIT = "--field-manager=git"


@pytest.fixture
def argocd(cluster: ControlPlane) -> Iterator[Kubectl]:
    """The namespace of an Argo CD that is there already, with a ConfigMap of its own."""
    cluster.kubectl("create", "namespace", "argocd")
    kubectl = Kubectl(cluster, "argocd")
    kubectl.text("create", "configmap", "argocd-cm", "--from-literal=url=https://argocd.example.com")
    yield kubectl
    cluster.kubectl("delete", "namespace", "argocd", "--wait=false")


def test_argo_gets_its_script_for_both_kinds_and_keeps_the_rest(argocd: Kubectl) -> None:
    argocd.text("apply", "--server-side", "--field-manager=aci-operator", "-k", str(ARGO))
    script = (ARGO / "health.lua").read_text()
    assert argocd("get", "configmap", "argocd-cm")["data"] == {
        "url": "https://argocd.example.com",
        **{f"resource.customizations.health.acioperator.dev_{kind}": script for kind in KINDS},
    }


def test_the_example_for_flux_looks_at_the_example_of_a_service() -> None:
    [check] = yaml.safe_load((names.MANIFESTS / "gitops" / "flux" / "services.yaml").read_text())["spec"][
        "healthChecks"
    ]
    hello = yaml.safe_load((names.MANIFESTS / "examples" / "hello.yaml").read_text())
    assert (check["apiVersion"], check["kind"], check["name"]) == (
        hello["apiVersion"],
        hello["kind"],
        hello["metadata"]["name"],
    )


@pytest.mark.parametrize("side", [(), ("--server-side", GIT)], ids=["client-side", "server-side"])
def test_what_was_applied_shows_no_difference_once_the_operator_is_done(scene: Scene, side: tuple[str, ...]) -> None:
    scene.start()
    text = json.dumps(service("web", 2))
    scene.kubectl.text("apply", *side, "-f", "-", stdin=text)
    found = scene.check("web", 2)
    assert scene.kubectl.text("diff", *side, "-f", "-", stdin=text) == ""
    again = scene.kubectl("apply", *side, "-f", "-", stdin=text)
    assert (again["metadata"]["generation"], again["spec"]) == (1, found["spec"])
    assert owned_by_the_operator(scene, "web") <= {"f:status", f'v:"{FINALIZER}"'}


def owned_by_the_operator(scene: Scene, name: str) -> set[str]:
    """What of a service is not the person's who applied it: fields of the first level, finalizers by their names."""
    found = scene.kubectl("get", "acis", name, "--show-managed-fields")
    fields = [
        entry["fieldsV1"]
        for entry in found["metadata"]["managedFields"]
        if not entry["manager"].startswith(("git", "kubectl"))
    ]
    assert fields
    finalizers = {key for each in fields for key in each.get("f:metadata", {}).get("f:finalizers", {}) if key != "."}
    rest = {key for each in fields for key in each if key != "f:metadata"}
    others = {key for each in fields for key in each.get("f:metadata", {}) if key != "f:finalizers"}
    return finalizers | rest | others


def test_a_count_that_git_does_not_name_is_left_to_who_scales(kubectl: Kubectl) -> None:
    manifest = service("web")
    del manifest["spec"]["replicas"]
    apply = ("apply", "--server-side", GIT, "-f", "-")
    kubectl.text(*apply, stdin=json.dumps(manifest))
    kubectl.text("scale", "acis/web", "--replicas=5")
    manifest["spec"]["tags"] = {"team": "a"}
    spec = kubectl(*apply, stdin=json.dumps(manifest))["spec"]
    assert (spec["replicas"], spec["tags"]) == (5, {"team": "a"})


def test_two_who_want_different_counts_are_told(kubectl: Kubectl) -> None:
    kubectl.text("apply", "--server-side", GIT, "-f", "-", stdin=json.dumps(service("web", 3)))
    other = json.dumps(service("web", 4))
    with pytest.raises(KubectlFailed, match=r'conflict with "git".*\.spec\.replicas'):
        kubectl.text("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=other)


def test_kubectl_waits_for_ready_of_the_present_spec_and_for_a_count(kubectl: Kubectl) -> None:
    kubectl.apply(service("web"))
    seen = {"observedGeneration": 1, "readyReplicas": 3, "conditions": [ready("True", "Ready", "3 of 3")]}
    for words in ("condition=Ready", "jsonpath={.status.readyReplicas}=3"):
        wait = ("wait", f"--for={words}", "acis/web")
        write_status(kubectl, "acis", "web", {"observedGeneration": -1, "readyReplicas": None, "conditions": []})
        with pytest.raises(KubectlFailed, match="timed out waiting"):
            kubectl.text(*wait, "--timeout=1s")
        write_status(kubectl, "acis", "web", seen)
        kubectl.text(*wait, "--timeout=10s")
    kubectl.text("scale", "acis/web", "--replicas=4")
    with pytest.raises(KubectlFailed, match="timed out waiting"):
        kubectl.text("wait", "--for=condition=Ready", "acis/web", "--timeout=1s")


def test_kubectl_rollout_and_set_image_say_that_they_are_for_others(kubectl: Kubectl) -> None:
    kubectl.apply(service("web"))
    for command in (
        ("rollout", "status", "acis/web"),
        ("rollout", "restart", "acis/web"),
        ("set", "image", "acis/web", "web=x"),
    ):
        with pytest.raises(KubectlFailed, match='no kind "AciService" is registered'):
            kubectl.text(*command)
