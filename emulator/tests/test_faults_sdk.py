"""Each kind of fault as the real SDK sees it over TLS."""

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aci_emulator.front.kinds import KINDS
from aci_emulator.serve.server import Config
from aci_emulator.testing import Signer, in_thread
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.mgmt.containerinstance import ContainerInstanceManagementClient

from .bodies import model
from .conftest import CLIENT, SUBJECT, Sdk, Site, eventually, settings

SCOPE = "https://management.azure.com/.default"


@pytest.fixture(autouse=True)
def _every_rule_was_hit(site: Site) -> Iterator[None]:
    yield
    assert [line for line in site.admin.rules() if not line["hits"]] == []


def make(aci: Sdk, resource_group: str, *names: str) -> None:
    for name in names:
        aci.container_groups.begin_create_or_update(resource_group, name, model()).result()


def listed(aci: Sdk, resource_group: str) -> list[str]:
    return [group.name for group in aci.container_groups.list_by_resource_group(resource_group)]


def test_this_file_has_each_kind() -> None:
    assert set(re.findall(r'admin\.rule\(\s*"([a-z-]+)"', Path(__file__).read_text())) == set(KINDS)


# -- answers, cuts and waits


def test_an_answer_instead_of_the_effect(aci: Sdk, resource_group: str, site: Site) -> None:
    headers = {"Retry-After": "7"}
    site.admin.rule("answer", method="PUT", status=429, code="TooManyRequests", message="slow down", headers=headers)
    with pytest.raises(HttpResponseError, match="slow down") as refused:
        make(aci, resource_group, "g")
    answered: Sdk = refused.value.response
    assert (answered.status_code, answered.headers["Retry-After"]) == (429, "7")
    assert listed(aci, resource_group) == []


def test_an_answer_after_the_effect(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.rule("answer-after", method="PUT", status=504, code="GatewayTimeout")
    with pytest.raises(HttpResponseError, match="GatewayTimeout"):
        make(aci, resource_group, "g")
    assert listed(aci, resource_group) == ["g"]


def test_a_server_timeout_has_its_effect(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.rule("server-timeout", method="PUT", path=f"*/{resource_group}/*")
    with pytest.raises(HttpResponseError) as late:
        make(aci, resource_group, "g")
    assert late.value.status_code == 503
    assert late.value.error is not None
    assert late.value.error.code == "ServerTimeout"
    text = r"The request timed out\. Diagnostic information: timestamp '\d{8}T\d{6}Z', subscription id '[0-9a-f-]+', "
    assert re.match(text, str(late.value.error.message))
    assert listed(aci, resource_group) == ["g"]


def test_a_cut_without_an_effect(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.rule("cut-before", method="PUT")
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        make(aci, resource_group, "g")
    assert listed(aci, resource_group) == []


def test_a_cut_after_the_effect(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.rule("cut-after", method="PUT")
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        make(aci, resource_group, "g")
    assert listed(aci, resource_group) == ["g"]


async def test_holds_on_both_sides_of_the_effect(aio_aci: Sdk, aci: Sdk, resource_group: str, site: Site) -> None:
    groups = aio_aci.container_groups
    before = site.admin.rule("hold-before", method="PUT", path="*/g", count=None)
    after = site.admin.rule("hold-after", method="DELETE", count=None)
    putting = asyncio.ensure_future(groups.begin_create_or_update(resource_group, "g", model()))
    await eventually(lambda: bool(site.admin.held()), "the PUT is held")
    assert listed(aci, resource_group) == []
    site.admin.release(before)
    await (await putting).result()
    deleting = asyncio.ensure_future(groups.begin_delete(resource_group, "g"))
    await eventually(lambda: bool(site.admin.held()), "the DELETE is held")
    assert listed(aci, resource_group) == []
    assert [line["hits"] for line in site.admin.rules()] == [1]
    site.admin.release(after)
    assert (await (await deleting).result()).name == "g"


async def test_delays_on_both_sides_of_the_effect(aio_aci: Sdk, aci: Sdk, resource_group: str, site: Site) -> None:
    groups = aio_aci.container_groups
    site.admin.rule("delay-before", method="PUT", path="*/without-effect", seconds=5000)
    site.admin.rule("delay-after", method="PUT", path="*/with-effect", seconds=5000)
    waiting = []
    for name in ("without-effect", "with-effect"):
        waiting.append(asyncio.ensure_future(groups.begin_create_or_update(resource_group, name, model())))
        await eventually(lambda: site.admin.rules()[len(waiting) - 1]["hits"] == 1, "the PUT arrives")
    await eventually(lambda: listed(aci, resource_group) == ["with-effect"], "one PUT has had its effect")
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


# -- reads that do not tell the truth


def test_a_stale_read_and_list_do_not_know_a_new_group(aci: Sdk, resource_group: str, site: Site) -> None:
    make(aci, resource_group, "g")
    site.admin.rule("stale", seconds=600, count=2)
    with pytest.raises(ResourceNotFoundError):
        aci.container_groups.get(resource_group, "g")
    assert listed(aci, resource_group) == []
    assert listed(aci, resource_group) == ["g"]


def test_groups_that_a_list_leaves_out(aci: Sdk, resource_group: str, site: Site) -> None:
    make(aci, resource_group, "x-1", "y-1", "x-2")
    site.admin.rule("omit", name="x-*", operation="containerGroups/list")
    assert listed(aci, resource_group) == ["y-1"]
    assert listed(aci, resource_group) == ["x-1", "y-1", "x-2"]
    site.admin.rule("omit", name="x-*", operation="containerGroups/listBySubscription")
    names = [g.name for g in aci.container_groups.list() if f"/{resource_group}/" in g.id]
    assert names == ["y-1"]


def test_a_list_that_is_empty_partial_or_doubled(aci: Sdk, resource_group: str, site: Site) -> None:
    make(aci, resource_group, "a", "b", "c", "d")
    site.admin.rule("empty")
    site.admin.rule("partial", share=0.5)
    site.admin.rule("partial", first=1)
    site.admin.rule("duplicate")
    seen = ["".join(listed(aci, resource_group)) for _ in range(5)]
    assert seen == ["", "ab", "a", "abcdabcd", "abcd"]


@pytest.mark.parametrize("code", ["ResourceNotFound", "ResourceGroupNotFound"])
def test_a_404_that_is_not_true(aci: Sdk, resource_group: str, site: Site, code: str) -> None:
    make(aci, resource_group, "g")
    site.admin.rule("not-found", code=code, path=f"*/{resource_group}/*", count=2)
    with pytest.raises(ResourceNotFoundError) as missing:
        aci.container_groups.get(resource_group, "g")
    assert missing.value.error is not None
    assert missing.value.error.code == code
    with pytest.raises(ResourceNotFoundError):
        aci.container_groups.begin_delete(resource_group, "g")
    assert aci.container_groups.get(resource_group, "g").name == "g"


async def test_a_delete_that_comes_late(aci: Sdk, resource_group: str, site: Site) -> None:
    make(aci, resource_group, "g")
    site.admin.rule("late-delete", path=f"*/{resource_group}/*", seconds=100)
    assert aci.container_groups.begin_delete(resource_group, "g").result().name == "g"
    assert listed(aci, resource_group) == ["g"]
    await eventually(lambda: listed(aci, resource_group) == [], "the group goes")


# -- who may ask


@pytest.mark.parametrize("code", ["ExpiredAuthenticationToken", "InvalidAuthenticationToken"])
def test_a_good_token_that_is_refused(aci: Sdk, resource_group: str, site: Site, code: str) -> None:
    site.admin.rule("unauthorized", code=code, method="PUT", principal=CLIENT)
    with pytest.raises(ClientAuthenticationError) as refused:
        make(aci, resource_group, "g")
    assert refused.value.error is not None
    assert refused.value.error.code == code
    answered: Sdk = refused.value.response
    assert answered.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")
    assert listed(aci, resource_group) == []


def test_a_right_that_is_missing_for_a_while(aci: Sdk, resource_group: str, site: Site) -> None:
    site.admin.rule("forbidden", method="PUT", path=f"*/{resource_group}/*")
    with pytest.raises(HttpResponseError) as refused:
        make(aci, resource_group, "g")
    assert refused.value.status_code == 403
    assert refused.value.error is not None
    assert refused.value.error.code == "AuthorizationFailed"
    assert f"The client '{CLIENT}' with object id" in str(refused.value.error.message)
    assert "'Microsoft.ContainerInstance/containerGroups/write'" in str(refused.value.error.message)
    make(aci, resource_group, "g")


def test_no_token_while_the_endpoint_is_down(site: Site) -> None:
    site.admin.rule("token-down", principal=CLIENT)
    site.admin.rule("token-busy")
    with site.credential(retry_total=0) as credential:
        with pytest.raises((ServiceRequestError, ServiceResponseError, ClientAuthenticationError)):
            credential.get_token(SCOPE)
        with pytest.raises(ClientAuthenticationError, match="AADSTS90033"):
            credential.get_token(SCOPE)
        assert credential.get_token(SCOPE).token


# -- the clock


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """An emulator of its own, whose clock may be changed."""
    signer = Signer()
    config = Config(
        folder=tmp_path,
        settings=settings(resource_groups=["rg@westeurope"]),
        federated={(CLIENT, SUBJECT)},
        issuer=signer.issuer,
        issuer_keys=signer.write_public_key(tmp_path / "issuer.pem"),
    )
    with in_thread(config) as running:
        yield Site(running, signer, tmp_path)


def test_a_clock_that_is_ahead_or_behind(own_site: Site) -> None:
    with (
        own_site.credential() as credential,
        ContainerInstanceManagementClient(credential, **own_site.options) as client,
    ):
        aci: Sdk = client
        own_site.admin.change(clock_skew=600)
        make(aci, "rg", "g")
        started = aci.container_groups.get("rg", "g").containers[0].instance_view.current_state.start_time
        assert 500 < started.timestamp() - time.time() <= 600
        own_site.admin.change(clock_skew=4300)
        with pytest.raises(ClientAuthenticationError, match="ExpiredAuthenticationToken"):
            aci.container_groups.get("rg", "g")
    own_site.admin.change(clock_skew=-600)
    with (
        own_site.credential() as early,
        pytest.raises(ClientAuthenticationError, match=r"AADSTS700024: .* not within its valid time range"),
    ):
        early.get_token(SCOPE)
