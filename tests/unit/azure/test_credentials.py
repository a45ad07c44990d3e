import time
from typing import Any

import pytest
from aci_operator.azure.arm import Arm
from aci_operator.azure.credentials import Chain, credential
from aci_operator.core import errors
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import CredentialUnavailableError
from azure.identity.aio import DefaultAzureCredential

from tests.unit.azure.wire import Counters, Wire

REF = GroupRef(ResourceGroupRef("11111111-1111-1111-1111-111111111111", "rg"), "g")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AZURE_TOKEN_CREDENTIALS",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_AUTHORITY_HOST",
    ):
        monkeypatch.delenv(name, raising=False)


class Member:
    def __init__(self, *outcomes: BaseException | str) -> None:
        self.outcomes = list(outcomes)
        self.closed = False

    async def get_token_info(self, *_: str, **__: Any) -> AccessTokenInfo:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return AccessTokenInfo(outcome, int(time.time()) + 3600)

    async def close(self) -> None:
        self.closed = True


def chain(*members: Member) -> Chain:
    default = DefaultAzureCredential()
    default.credentials = members  # type: ignore[assignment]  # stand-ins with what a chain calls
    return Chain(default)


async def test_the_first_that_is_set_up_counts_and_is_kept() -> None:
    last = Member()
    members = chain(Member(CredentialUnavailableError("no secret")), Member("one", "two"), last)
    assert (await members.get_token_info("scope")).token == "one"
    assert (await members.get_token("scope", claims="c", tenant_id="t")).token == "two"
    await members.close()
    assert last.closed


async def test_failures_are_left_as_they_are() -> None:
    with pytest.raises(ServiceRequestError):
        await chain(Member(ServiceRequestError("no route")), Member("one")).get_token("scope")
    with pytest.raises(ClientAuthenticationError, match="AADSTS"):
        await chain(Member(ClientAuthenticationError("AADSTS700016")), Member("one")).get_token("scope")
    with pytest.raises(CredentialUnavailableError, match="Member: no secret; Member: no file"):
        await chain(
            Member(CredentialUnavailableError("no secret")), Member(CredentialUnavailableError("no file"))
        ).get_token("scope")


def names() -> list[str]:
    return [type(member).__name__ for member in credential().members]


def test_what_an_editor_left_behind_is_not_used() -> None:
    assert [name.removeprefix("AsyncFailedDAC") for name in names()] == [
        "EnvironmentCredential",
        "Credential",  # workload identity, whose variables are not set
        "ManagedIdentityCredential",
        "AzureCliCredential",
    ]


@pytest.mark.parametrize(
    ("choice", "members"),
    [
        ("prod", ["EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"]),
        ("WorkloadIdentityCredential", ["WorkloadIdentityCredential"]),
        ("azurepowershellcredential", ["AzurePowerShellCredential"]),
    ],
)
def test_the_environment_narrows_it(monkeypatch: pytest.MonkeyPatch, choice: str, members: list[str]) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", choice)
    monkeypatch.setenv("AZURE_TENANT_ID", "t")
    monkeypatch.setenv("AZURE_CLIENT_ID", "c")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")
    assert names() == members


async def test_a_token_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "workloadidentitycredential")
    monkeypatch.setenv("AZURE_TENANT_ID", "t")
    monkeypatch.setenv("AZURE_CLIENT_ID", "c")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")
    async with credential() as workload:
        with pytest.raises(errors.Unauthenticated, match="/nowhere/token"):
            await Arm(workload, Counters(), transport=Wire()).get(REF)


def test_a_choice_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "mine")
    with pytest.raises(ValueError, match="AZURE_TOKEN_CREDENTIALS"):
        credential()
