"""One emulator over TLS for all tests of this folder; each test has a resource group of its own."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aci_emulator import Arm, Front, Request, Response, Settings
from aci_emulator.admin.client import Client
from aci_emulator.front.record import operation_name
from aci_emulator.serve.server import Config
from aci_emulator.testing import Running, Signer, in_thread
from azure.identity import WorkloadIdentityCredential
from azure.identity.aio import WorkloadIdentityCredential as AioWorkloadIdentityCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient as AioContainerInstanceManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient as AioResourceManagementClient

from . import conformance

TENANT = "22222222-2222-2222-2222-222222222222"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
CLIENT = "33333333-3333-3333-3333-333333333333"
LIMITED = "44444444-4444-4444-4444-444444444444"
SUBJECT = "system:serviceaccount:aci:operator"
LIMITED_SUBJECT = "system:serviceaccount:aci:limited"
FAST = ["--set", "start_latency=0", "--set", "restart_latency=0", "--resource-group", "rg@westeurope"]
"""Options of a process whose groups run at once."""

Sdk = Any
"""A client of the SDK. Its models declare what only Azure fills in as None, so its types cannot read it."""


@dataclass
class Site:
    """The running emulator and what is needed to sign in to it."""

    running: Running
    signer: Signer
    folder: Path

    @property
    def admin(self) -> Client:
        return self.running.admin

    @contextmanager
    def changed(self, **values: Any) -> Iterator[None]:
        """Other settings for a while."""
        before = self.admin.settings()
        self.admin.change(**values)
        try:
            yield
        finally:
            self.admin.change(**{name: before[name] for name in values})

    def token_file(self, subject: str) -> Path:
        path = self.folder / subject.replace(":", "-")
        path.write_text(self.signer.token(subject))
        return path

    def _identity(self, client: str, subject: str) -> dict[str, Any]:
        return {
            "tenant_id": TENANT,
            "client_id": client,
            "token_file_path": str(self.token_file(subject)),
            "authority": self.running.endpoint,
            "connection_verify": str(self.running.ca),
        }

    def credential(self, client: str = CLIENT, subject: str = SUBJECT, **options: Any) -> WorkloadIdentityCredential:
        return WorkloadIdentityCredential(**self._identity(client, subject), **options)

    def aio_credential(self, client: str = CLIENT, subject: str = SUBJECT) -> AioWorkloadIdentityCredential:
        return AioWorkloadIdentityCredential(**self._identity(client, subject))

    @property
    def options(self) -> dict[str, Any]:
        return {
            "subscription_id": SUBSCRIPTION,
            "base_url": self.running.endpoint,
            "credential_scopes": ["https://management.azure.com/.default"],
            "connection_verify": str(self.running.ca),
            "polling_interval": 0.02,
            "retry_total": 0,
        }


def settings(**changes: Any) -> Settings:
    """Azure without its waiting times and with a quota that the tests do not reach together."""
    fast: dict[str, Any] = {
        "start_latency": 0.05,
        "restart_latency": 0.05,
        "resource_group_delete_latency": 0.05,
        "registration_latency": 0,
        "time_scale": 50,
        "group_quota": 10_000,
        "core_quota": 10_000,
        "budget_5m": 10_000,
        "budget_1h": 20_000,
        "arm_reads": 100_000,
        "arm_writes": 100_000,
        "provisioning_timeout": 2,
        "images": {
            "broken/*": {"pull_fails": "always"},
            "missing/*": {"missing": True},
            "talker/*": {"log": ["one", "two", "three"]},
        },
    }
    return Settings(**{**fast, **changes})


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("emulator")
    signer = Signer()
    config = Config(
        folder=folder,
        settings=settings(),
        federated={(CLIENT, SUBJECT), (LIMITED, LIMITED_SUBJECT)},
        issuer=signer.issuer,
        issuer_keys=signer.write_public_key(folder / "issuer.pem"),
    )
    with in_thread(config) as running:
        yield Site(running, signer, folder)


@pytest.fixture(scope="session")
def _contradictions() -> Iterator[list[conformance.Finding]]:
    """Everything that ARM answers in any test goes past the specification, with and without faults before it."""
    found: list[conformance.Finding] = []
    handle, answer = Arm.handle, Front.answer

    def check(request: Request, response: Response) -> Response:
        found.extend(conformance.unknown(conformance.findings(request, response)))
        return response

    def handled(arm: Arm, request: Request, now: datetime) -> Response:
        return check(request, handle(arm, request, now))

    async def answered(front: Front, request: Request) -> Response:
        response = await answer(front, request)
        return response if operation_name(request) in {"token", "discovery"} else check(request, response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Arm, "handle", handled)
        patch.setattr(Front, "answer", answered)
        yield found


@pytest.fixture(autouse=True)
def _every_answer_is_as_specified(_contradictions: list[conformance.Finding]) -> Iterator[None]:
    yield
    found, _contradictions[:] = set(_contradictions), []
    if found:
        pytest.fail("against the specification:\n" + "\n".join(sorted(map(str, found))))


@pytest.fixture(autouse=True)
def _no_rules_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "site" in request.fixturenames:
        request.getfixturevalue("site").admin.clear()


@pytest.fixture
def aci(site: Site) -> Iterator[ContainerInstanceManagementClient]:
    with site.credential() as credential, ContainerInstanceManagementClient(credential, **site.options) as client:
        yield client


@pytest.fixture
def arm(site: Site) -> Iterator[ResourceManagementClient]:
    with site.credential() as credential, ResourceManagementClient(credential, **site.options) as client:
        yield client


@pytest.fixture
async def aio_aci(site: Site) -> AsyncIterator[AioContainerInstanceManagementClient]:
    async with (
        site.aio_credential() as credential,
        AioContainerInstanceManagementClient(credential, **site.options) as client,
    ):
        yield client


@pytest.fixture
async def aio_arm(site: Site) -> AsyncIterator[AioResourceManagementClient]:
    async with (
        site.aio_credential() as credential,
        AioResourceManagementClient(credential, **site.options) as client,
    ):
        yield client


_numbers = itertools.count(1)


@pytest.fixture
def resource_group(arm: Sdk) -> str:
    name = f"rg-{next(_numbers)}"
    arm.resource_groups.create_or_update(name, {"location": "westeurope"})
    return name


async def eventually(look: Callable[[], bool], what: str) -> None:
    """Wait until something that was set going elsewhere is seen; fails after ten seconds."""
    for _ in range(500):
        if look():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"never happened: {what}")
