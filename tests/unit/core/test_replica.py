"""The object of a new replica: all that its PUT will need is in it, and nothing else decides about it later."""

from typing import Any

import pytest
from aci_operator.api import keys
from aci_operator.api.base import ObjectMeta, OwnerReference
from aci_operator.api.group import GroupSpec
from aci_operator.api.reasons import Reason
from aci_operator.core.revision import Revision, RevisionData
from aci_operator.core.service.market import Place
from aci_operator.core.service.replica import reason_of_birth, replica

from tests.unit.core.builders import SERVICE_UID, SUBSCRIPTION, group, revision, service

HERE = Place("northeurope", "2")
SUBNET = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
OTHER_SUBNET = SUBNET.replace("subnets/a", "subnets/b")


def born(of: Revision | None = None, *, place: Place = HERE, spec: dict[str, Any] | None = None, **more: Any) -> Any:
    return replica(
        service(**(spec or {})), of or revision(), 7, "llm-7-abcdefgh", subscription=SUBSCRIPTION, place=place, **more
    )


def test_it_is_born_with_its_finalizer_its_owner_and_all_that_finds_it_again() -> None:
    assert born(why=Reason.HEALING).metadata == ObjectMeta(
        name="llm-7-abcdefgh",
        namespace="team-a",
        finalizers=(keys.FINALIZER,),
        labels={
            "acioperator.dev/service": "llm",
            "acioperator.dev/service-uid": SERVICE_UID,
            "acioperator.dev/revision": revision().name,
            "acioperator.dev/serial": "7",
        },
        annotations={"acioperator.dev/reason": "Healing"},
        owner_references=(
            OwnerReference(
                api_version="acioperator.dev/v1alpha1",
                kind="AciService",
                name="llm",
                uid=SERVICE_UID,
                controller=True,
                block_owner_deletion=True,
            ),
        ),
    )


def test_it_has_everything_of_the_service_that_is_in_no_revision() -> None:
    spec = {
        "resourceGroupPolicy": "CreateIfMissing",
        "deletionPolicy": "Orphan",
        "minReadySeconds": 30,
        "tags": {"team": "a"},
    }
    assert born(spec=spec).spec == GroupSpec.model_validate(
        {
            "subscriptionId": SUBSCRIPTION,
            "resourceGroup": "ai-services",
            "location": "northeurope",
            "zone": "2",
            "network": revision().data.network,
            "template": revision().data.template.spec,
            **spec,
        }
    )


@pytest.mark.parametrize(("retry", "marked"), [(True, {"acioperator.dev/retry": "true"}), (False, {})])
def test_one_that_follows_failures_is_marked(retry: bool, marked: dict[str, str]) -> None:
    assert born(retry=retry).metadata.annotations == {"acioperator.dev/reason": "Scaling", **marked}


def test_what_had_no_room_before_its_place_is_noted() -> None:
    noted = born(place=Place("northeurope", passed_over="NoCapacity in westeurope")).metadata.annotations
    assert noted == {"acioperator.dev/reason": "Scaling", "acioperator.dev/passed-over": "NoCapacity in westeurope"}


def test_by_itself_it_follows_no_failure() -> None:
    assert keys.ANNOTATION_RETRY not in born().metadata.annotations


@pytest.mark.parametrize(
    ("network", "place", "subnet"),
    [
        pytest.param({"type": "Private", "subnetId": SUBNET}, HERE, SUBNET, id="the network's"),
        pytest.param(
            {"type": "Private", "subnetId": SUBNET}, Place("westeurope", None, OTHER_SUBNET), OTHER_SUBNET, id="place's"
        ),
        pytest.param({"type": "Public"}, Place("westeurope", None, OTHER_SUBNET), None, id="a public one has none"),
    ],
)
def test_a_private_one_is_in_the_subnet_of_its_place(network: dict[str, Any], place: Place, subnet: str | None) -> None:
    spec = service(network=network).spec
    of = Revision("llm-abc", 1, RevisionData(template=spec.template, network=spec.network))
    assert born(of, place=place).spec.network == spec.network.model_copy(update={"subnet_id": subnet})


@pytest.mark.parametrize(
    ("annotations", "why"),
    [
        ({"acioperator.dev/reason": "Healing"}, Reason.HEALING),
        ({"acioperator.dev/reason": "of a newer operator"}, Reason.REQUESTED),
        ({}, Reason.REQUESTED),
    ],
)
def test_why_it_was_made_is_read_from_the_object(annotations: dict[str, str], why: Reason) -> None:
    assert reason_of_birth(group(annotations=annotations)) is why
