"""The same over aiohttp, as an asynchronous client uses it."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.containerinstance.models import ContainerExecRequest, Resource

from .bodies import model
from .conftest import Sdk


async def test_container_groups(aio_aci: Sdk, resource_group: str) -> None:
    groups = aio_aci.container_groups
    made = await (await groups.begin_create_or_update(resource_group, "g", model("talker/1"))).result()
    assert made.provisioning_state == "Succeeded"
    assert (await groups.get(resource_group, "g")).ip_address.ip == made.ip_address.ip
    assert [g.name async for g in groups.list_by_resource_group(resource_group)] == ["g"]
    assert made.id in [g.id async for g in groups.list()]
    assert (await groups.update(resource_group, "g", Resource(tags={"x": "y"}))).tags == {"x": "y"}
    await (await groups.begin_restart(resource_group, "g")).result()
    await groups.stop(resource_group, "g")
    await (await groups.begin_start(resource_group, "g")).result()
    assert (await groups.get(resource_group, "g")).instance_view.state == "Running"
    logs = await aio_aci.containers.list_logs(resource_group, "g", "web", tail=1)
    assert logs.content == "three\n"
    assert [usage.name.value async for usage in aio_aci.location.list_usage("westeurope")]
    last = await (await groups.begin_delete(resource_group, "g")).result()
    assert last.name == "g"
    with pytest.raises(ResourceNotFoundError):
        await groups.get(resource_group, "g")


async def test_what_else_can_be_asked(aio_aci: Sdk, aio_arm: Sdk, resource_group: str) -> None:
    await (await aio_aci.container_groups.begin_create_or_update(resource_group, "g", model())).result()
    run = await aio_aci.containers.execute_command(resource_group, "g", "web", ContainerExecRequest(command="ls"))
    assert run.password.endswith("[[EOM]]")
    assert (await aio_aci.containers.attach(resource_group, "g", "web")).web_socket_uri.startswith("wss://")
    assert await aio_aci.container_groups.get_outbound_network_dependencies_endpoints(resource_group, "g") == []
    assert [c async for c in aio_aci.location.list_capabilities("westeurope")]
    assert [i async for i in aio_aci.location.list_cached_images("westeurope")]
    assert [o async for o in aio_aci.operations.list()]
    gone = await aio_aci.subnet_service_association_link.begin_delete(resource_group, "net", "sub")
    assert await gone.result() is None
    assert [r.name async for r in aio_arm.resources.list_by_resource_group(resource_group)] == ["g"]
    assert [p.namespace async for p in aio_arm.providers.list()]


async def test_no_polling_gives_the_first_answer(aio_aci: Sdk, resource_group: str) -> None:
    poller = await aio_aci.container_groups.begin_create_or_update(
        resource_group,
        "g",
        model(),
        polling=False,
        cls=lambda pipeline, _body, _headers: (pipeline.http_response.status_code, pipeline.http_response.headers),
    )
    status, headers = await poller.result()
    assert status == 201
    assert headers["x-ms-ratelimit-remaining-subscription-resource-requests-pt5m"].isdecimal()
    assert headers["x-ms-ratelimit-remaining-subscription-resource-requests-pt1h"].isdecimal()


async def test_resource_groups(aio_arm: Sdk) -> None:
    groups = aio_arm.resource_groups
    assert not await groups.check_existence("aio-made")
    await groups.create_or_update("aio-made", {"location": "westeurope"})
    assert (await groups.get("aio-made")).location == "westeurope"
    assert (await groups.update("aio-made", {"tags": {"b": "2"}})).tags == {"b": "2"}
    assert "aio-made" in [g.name async for g in groups.list()]
    await (await groups.begin_delete("aio-made")).result()
    assert not await groups.check_existence("aio-made")
    await aio_arm.providers.register("Microsoft.ContainerInstance")
    assert (await aio_arm.providers.get("Microsoft.ContainerInstance")).registration_state == "Registered"


async def test_bad_tag_is_refused(aio_aci: Sdk, resource_group: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        await aio_aci.container_groups.begin_create_or_update(resource_group, "g", model(tags={"a/b": "c"}))
    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidTagNameCharacters"
