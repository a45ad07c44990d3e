"""Credentials for the API server."""

from typing import NoReturn

import pytest
from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.access import Access
from aci_operator.kube.api import SERVICES
from aci_operator.kube.client import Client
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException


@pytest.mark.parametrize("failure", [ConfigException("Token file exists but empty."), FileNotFoundError("token")])
async def test_a_token_that_cannot_be_read_is_no_answer(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def refresh(_: Configuration) -> NoReturn:
        raise failure

    access = Access(None, Configuration())
    monkeypatch.setattr(access.configuration, "refresh_api_key_hook", refresh)
    client = Client(access)
    try:
        with pytest.raises(ApiUnavailable, match="no credentials"):
            await client.list(SERVICES)
    finally:
        await client.close()
