"""What clients ask before they have a token, and what they can do with the answer."""

from typing import Any

import pytest
import requests
from azure.identity import ClientAssertionCredential
from azure.mgmt.resource.resources import ResourceManagementClient

from .conftest import CLIENT, SUBJECT, TENANT, Site


def fetch(site: Site, path: str) -> requests.Response:
    return requests.get(f"{site.running.endpoint}{path}", verify=str(site.running.ca), timeout=10)


@pytest.mark.parametrize("version", ["2022-09-01", "2019-05-01"])
def test_metadata_of_the_cloud_name_the_emulator(site: Site, version: str) -> None:
    document: Any = fetch(site, f"/metadata/endpoints?api-version={version}").json()
    [cloud] = document if version == "2019-05-01" else [document]
    assert cloud["resourceManager"] == f"{site.running.endpoint}/"
    assert cloud["authentication"]["loginEndpoint"] == f"{site.running.endpoint}/"
    assert cloud["name"]
    assert cloud["suffixes"]["storage"]


def test_openid_configuration_names_the_token_endpoint(site: Site) -> None:
    for path in (f"/{TENANT}/v2.0/.well-known/openid-configuration", f"/{TENANT}/.well-known/openid-configuration"):
        document = fetch(site, path).json()
        assert document["token_endpoint"] == f"{site.running.endpoint}/{TENANT}/oauth2/v2.0/token"
    unknown = fetch(site, "/77777777-7777-7777-7777-777777777777/v2.0/.well-known/openid-configuration")
    assert unknown.status_code == 400
    assert "AADSTS90002" in unknown.json()["error_description"]


def test_a_client_that_discovers_where_tokens_come_from(site: Site) -> None:
    credential = ClientAssertionCredential(
        TENANT,
        CLIENT,
        lambda: site.token_file(SUBJECT).read_text(),
        authority=site.running.endpoint,
        disable_instance_discovery=True,
        connection_verify=str(site.running.ca),
    )
    with credential, ResourceManagementClient(credential, **site.options) as client:
        assert "Microsoft.ContainerInstance" in {provider.namespace for provider in client.providers.list()}


def test_anything_else_needs_a_token(site: Site) -> None:
    assert fetch(site, "/metadata/other?api-version=2022-09-01").status_code == 401
    refused = requests.post(
        f"{site.running.endpoint}/metadata/endpoints", verify=str(site.running.ca), timeout=10
    ).status_code
    assert refused == 401
