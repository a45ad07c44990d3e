"""What `aci-operator plan` says."""

from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.reasons import State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service.explain import explained

from tests.unit.core.builders import changed, cloud, replica, revision, service, short
from tests.unit.core.plans import V1, decide, some

NEW = ServiceStatus()


def said(groups: list[Any], wanted: int = 3, image: str = "v1", **more: Any) -> list[str]:
    subject = service(wanted, image=image, **{k: v for k, v in more.items() if k.startswith("meta_")})
    return explained(subject, decide(groups, wanted, image, **more))


def test_at_rest_there_is_nothing_to_do() -> None:
    assert said(some(1, 2, 3)) == ["nothing is to be done", "status: Ready: 3 of 3 replicas ready"]


def test_a_new_service() -> None:
    name = V1.name
    assert said([], 1, before=NEW, revisions=(), meta_finalizers=())[:3] == [
        f"+ finalizer {keys.FINALIZER}",
        f"+ revision {name}",
        f"+ replica number 1 of {name} in westeurope: Scaling (there are fewer or more replicas than wanted)",
    ]


@pytest.mark.parametrize(
    ("groups", "more", "line"),
    [
        pytest.param(
            some(1, 2, 3, 4),
            {},
            "- replica llm-4-abcdefgh: Scaling (there are fewer or more replicas than wanted)",
            id="too many",
        ),
        pytest.param(
            [*some(1, 2), replica(3, state=State.FAILED, proven=True)],
            {},
            "- replica llm-3-abcdefgh: Healing: StartFailed (a replica has failed or got lost)",
            id="a dead one",
        ),
        pytest.param(
            some(1, 2, 3),
            {"image": "v2"},
            f"+ replica number 101 of {revision('v2').name} in westeurope: Canary "
            "(the new revision has to prove itself first)",
            id="a canary",
        ),
        pytest.param(
            some(1, 2),
            {
                "placements": [{"location": "westeurope"}, {"location": "northeurope"}],
                "shortages": [short("westeurope")],
            },
            f"+ replica number 101 of {V1.name} in northeurope: Healing; passed over: NoCapacity in westeurope "
            "(a replica has failed or got lost)",
            id="elsewhere",
        ),
        pytest.param(
            some(1, 2, 3),
            {"deletionPolicy": "Orphan"},
            "~ deletionPolicy and minReadySeconds of llm-1-abcdefgh",
            id="handed down",
        ),
        pytest.param(
            some(2, 3),
            {"strays": [replica(1)]},
            "~ take over llm-1-abcdefgh, of an earlier service of this name",
            id="a stray",
        ),
        pytest.param(
            [],
            {"before": NEW, "heritage": [cloud({keys.TAG_REVISION: f"v1:{V1.name}"}, name="llm-7-leftover")]},
            f"+ replica llm-7-leftover, which is there already, of {V1.name} in westeurope: Adoption "
            "(an earlier service of this name has left it)",
            id="a group without an object",
        ),
    ],
)
def test_each_action_has_a_line(groups: list[Any], more: dict[str, Any], line: str) -> None:
    assert line in said(groups, **more)


def test_it_tells_when_it_looks_again() -> None:
    failed = replica(3, state=State.FAILED, proven=False, since=-4)
    assert "next look: in 6 s, or when something changes" in said([*some(1, 2), failed])


def test_it_tells_of_a_replica_that_was_changed_in_azure() -> None:
    told = "1 of 3 replicas were changed in Azure; their own conditions name the fields"
    assert f"status: Drifted: {told}" in said([*some(1, 2), changed(3)])
