"""Every property of both CRDs: to its least, its most, another value, none, wrong ones and back, on the API server."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.errors import ApiInvalid
from aci_operator.kube.api import GROUPS, SERVICES, Manifest, Resource
from aci_operator.kube.client import Client, connect

from devcluster.cluster import ControlPlane
from tests.transitions.objects import campaign, full, taken
from tests.transitions.properties import properties

MODELS: Final = {SERVICES: Service, GROUPS: ContainerGroup}


@pytest.fixture
async def client(cluster: ControlPlane) -> AsyncIterator[Client]:
    client = await connect(cluster.admin)
    yield client
    await client.close()


@pytest.mark.parametrize(
    "resource", [SERVICES, pytest.param(GROUPS, marks=pytest.mark.simulate)], ids=lambda resource: resource.plural
)
async def test_every_property_is_changed_and_changed_back_or_refused(
    client: Client, namespace: str, resource: Resource
) -> None:
    """What is taken can be read by the operator, and leads back; what is refused leaves the object as it was."""
    first = present = await client.create(resource, full(resource, "s", namespace))
    wrong: list[str] = []
    steps = 0
    for each in campaign(resource):
        steps += 1
        after = await changed(client, resource, present, each.to)
        if (after is not None) != taken(resource, each):
            wrong.append(str(each))
        if after is None:
            continue
        MODELS[resource].model_validate(after)
        steps += 1
        back = await changed(client, resource, after, first)
        assert back is not None, f"no way back from {each}"
        present = back
    assert wrong == []
    assert (await client.get(resource, namespace, "s"))["spec"] == first["spec"]
    assert steps >= (400 if resource == SERVICES else 200)


@pytest.mark.parametrize("resource", [SERVICES, GROUPS], ids=lambda resource: resource.plural)
def test_every_property_has_a_transition_to_something_else_and_to_something_wrong(resource: Resource) -> None:
    modes: dict[str, set[str]] = {}
    for each in campaign(resource):
        modes.setdefault(each.of.name, set()).add(each.mode)
    names = {each.name for each in properties(resource.plural)}
    assert {name for name in names if "invalid" not in modes.get(name, ())} == set()
    nothing_else = {name for name in names if not modes[name] & {"minimum", "maximum", "change", "absent"}}
    assert nothing_else == {name for name in names if name.endswith("[]") and is_made_of_others(resource, name)}


def is_made_of_others(resource: Resource, name: str) -> bool:
    """Whether a property is an object with properties of its own, which have their own transitions."""
    return any(each.name.startswith(f"{name}.") for each in properties(resource.plural))


async def changed(client: Client, resource: Resource, present: Manifest, to: Manifest) -> Manifest | None:
    """Replace the spec of an object; None when the API server refuses it."""
    try:
        return await client.replace(resource, {**present, "spec": to["spec"]})
    except ApiInvalid:
        return None
