"""kstatus, Flux and Argo CD read every status that the operator can write in one and the same way."""

from typing import Final

import pytest
from aci_operator.api.keys import GROUP_KIND, SERVICE_KIND
from aci_operator.kube.api import Manifest

from tests.gitops import legal
from tests.gitops.legal import GENERATION, manifest
from tests.gitops.verdicts import Said, Tools

HEALTH: Final = {
    "Current": "Healthy",
    "InProgress": "Progressing",
    "Failed": "Degraded",
    "Terminating": "Progressing",
}
"""Argo CD's word for each of kstatus; of a paused service that is not Failed it says Suspended."""


def agree(found: Manifest, said: Said) -> bool:
    """Whether all say the same, and what they should."""
    seen = found["status"].get("observedGeneration") == found["metadata"]["generation"]
    paused = seen and ("Suspended", "True") in legal.told(found) and said.kstatus in {"Current", "InProgress"}
    return said.flux == said.kstatus and said.argo == ("Suspended" if paused else HEALTH[said.kstatus])


@pytest.mark.parametrize("kind", [SERVICE_KIND, GROUP_KIND])
def test_all_tools_agree_on_every_legal_status(tools: Tools, kind: str) -> None:
    objects = list(legal.objects(kind))
    verdicts = tools.judge(objects)
    disagreements = [
        (found["status"], said) for found, said in zip(objects, verdicts, strict=True) if not agree(found, said)
    ]
    assert disagreements == []
    assert {said.kstatus for said in verdicts} == {"InProgress", "Current", "Failed", "Terminating"}
    assert len(objects) > 1000


@pytest.mark.parametrize(
    ("ready", "reconciling", "stalled", "kstatus", "argo"),
    [
        pytest.param("True", "False", "False", "Current", "Healthy", id="ready"),
        pytest.param("False", "True", "False", "InProgress", "Progressing", id="underway"),
        pytest.param("False", "False", "True", "Failed", "Degraded", id="needs a person"),
    ],
)
def test_a_verdict_means_what_it_says(
    tools: Tools, ready: str, reconciling: str, stalled: str, kstatus: str, argo: str
) -> None:
    [said] = tools.judge([service(Ready=ready, Reconciling=reconciling, Stalled=stalled)])
    assert (said.kstatus, said.flux, said.argo) == (kstatus, kstatus, argo)


def test_a_new_object_is_healthy_to_nobody(tools: Tools) -> None:
    [said] = tools.judge([manifest(SERVICE_KIND, legal.UNOBSERVED)])
    assert (said.kstatus, said.flux, said.argo) == ("InProgress", "InProgress", "Progressing")


def test_argo_shows_what_the_operator_said(tools: Tools) -> None:
    paused = {"type": "Suspended", "status": "True", "message": "spec.paused is true"}
    ready = {"type": "Ready", "status": "True", "message": "3 of 3 replicas ready"}
    status: Manifest = {"observedGeneration": GENERATION, "conditions": [ready]}
    told = tools.judge([manifest(SERVICE_KIND, status), manifest(SERVICE_KIND, {**status, "conditions": [paused]})])
    assert [said.message for said in told] == ["3 of 3 replicas ready", "spec.paused is true"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(manifest(SERVICE_KIND, {"observedGeneration": GENERATION}), id="no condition on the first visit"),
        pytest.param(manifest(SERVICE_KIND, {}), id="no status by default"),
    ],
)
def test_a_status_that_the_operator_must_not_write_divides_them(tools: Tools, wrong: Manifest) -> None:
    [said] = tools.judge([wrong])
    assert not agree(wrong, said), said


def test_reconciling_and_stalled_together_divide_them(tools: Tools) -> None:
    both = service(Reconciling="True", Stalled="True", Ready="False")
    assert legal.told(both) not in legal.legal(SERVICE_KIND)
    [said] = tools.judge([both])
    assert not agree(both, said), said


@pytest.mark.parametrize(
    "statuses",
    [
        pytest.param({"Ready": "False", "Reconciling": "False", "Stalled": "False"}, id="not ready, and no word why"),
        pytest.param({"Ready": "True", "Reconciling": "True", "Stalled": "False"}, id="ready and underway"),
        pytest.param({"Ready": "True", "Reconciling": "False", "Stalled": "True"}, id="ready and stalled"),
        pytest.param({"Ready": "Unknown", "Reconciling": "True", "Stalled": "False"}, id="unknown"),
    ],
)
def test_what_contradicts_itself_is_not_legal(statuses: dict[str, str]) -> None:
    assert legal.told(service(**statuses, Available="False")) not in legal.legal(SERVICE_KIND)


def service(**statuses: str) -> Manifest:
    """A service with conditions by type and status, in this order."""
    conditions = [{"type": name, "status": status, "message": name} for name, status in statuses.items()]
    return manifest(SERVICE_KIND, {"observedGeneration": GENERATION, "conditions": conditions})
