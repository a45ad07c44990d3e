"""The client against the real API server, as far as the contract suite cannot ask."""

import base64
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from aci_operator.core.errors import ApiForbidden, ApiUnavailable, ObjectGone
from aci_operator.kube import client as client_module
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, REVISIONS, KindMissing, Resource
from aci_operator.kube.client import CHUNK, Client, connect

from devcluster import kubeconfig
from devcluster.cluster import ControlPlane
from tests.model import samples


@pytest.fixture
async def client(cluster: ControlPlane) -> AsyncIterator[Client]:
    client = await connect(cluster.admin)
    yield client
    await client.close()


def as_account(cluster: ControlPlane, namespace: str, path: Path) -> Path:
    cluster.kubectl("create", "serviceaccount", "limited", "--namespace", namespace)
    cluster.service_account_kubeconfig(path, namespace, "limited")
    return path


def grant(cluster: ControlPlane, namespace: str, verb: str) -> None:
    cluster.kubectl("create", "role", verb, f"--verb={verb}", "--resource=leases", "--namespace", namespace)
    subject = f"--serviceaccount={namespace}:limited"
    cluster.kubectl("create", "rolebinding", verb, f"--role={verb}", subject, "--namespace", namespace)


async def test_a_list_of_several_chunks_is_whole(client: Client, namespace: str) -> None:
    count = CHUNK + 20
    revisions = [samples.revision(f"r{number}", namespace, number) for number in range(count)]
    for revision in revisions:
        revision["metadata"]["labels"] = {"in": namespace}
        await client.create(REVISIONS, revision)
    listing = await client.list(REVISIONS, label_selector=f"in={namespace}")
    assert {item["metadata"]["name"] for item in listing.items} == {f"r{number}" for number in range(count)}
    assert {(item["apiVersion"], item["kind"]) for item in listing.items} == {("apps/v1", "ControllerRevision")}
    assert int(listing.resource_version) >= max(int(item["metadata"]["resourceVersion"]) for item in listing.items)


async def test_the_api_server_gives_up_on_a_write_before_the_client_does(
    client: Client, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an object could appear after its creation was given up, beside the one made in its stead."""
    seconds = float(client_module.DEADLINE.removesuffix("s"))
    assert seconds < (client_module.TIMEOUT.total or 0)
    monkeypatch.setattr(client_module, "DEADLINE", "1ns")
    with pytest.raises(ApiUnavailable):
        await client.create(LEASES, samples.lease("late", namespace))
    monkeypatch.undo()
    with pytest.raises(ObjectGone):
        await client.get(LEASES, namespace, "late")


async def test_a_missing_object_and_a_missing_kind_differ(client: Client, namespace: str) -> None:
    with pytest.raises(ObjectGone) as absent:
        await client.get(GROUPS, namespace, "none")
    assert not isinstance(absent.value, KindMissing)
    for missing in (
        Resource("acioperator.dev", "v1alpha1", "nothings", "Nothing"),
        Resource("acioperator.dev", "v9", "acicontainergroups", "AciContainerGroup"),
        Resource("nowhere.dev", "v1", "nothings", "Nothing"),
    ):
        with pytest.raises(KindMissing, match=f"does not know {missing.plural}"):
            await client.get(missing, namespace, "none")
        with pytest.raises(KindMissing):
            await client.list(missing)


async def test_a_missing_namespace_is_named(client: Client) -> None:
    with pytest.raises(ObjectGone, match="namespace does not exist") as gone:
        await client.create(LEASES, samples.lease("l", "no-such-namespace"))
    assert not isinstance(gone.value, KindMissing)


async def test_a_refusal_names_verb_and_resource_and_ends_when_granted(
    cluster: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    client = await connect(as_account(cluster, namespace, tmp_path / "kubeconfig"))
    with pytest.raises(ApiForbidden, match=re.escape(f"create leases.coordination.k8s.io in namespace {namespace}")):
        await client.create(LEASES, samples.lease("l", namespace))
    grant(cluster, namespace, "create")
    while True:  # RBAC is read from a cache of the API server
        try:
            await client.create(LEASES, samples.lease("l", namespace))
        except ApiForbidden:
            continue
        break
    with pytest.raises(ApiForbidden, match=r"^the API server does not allow: list namespaces$"):
        await client.list(NAMESPACES)
    await client.close()


async def test_credentials_are_read_again_when_they_are_refused(
    cluster: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    path = as_account(cluster, namespace, tmp_path / "kubeconfig")
    grant(cluster, namespace, "create")
    good = path.read_bytes()
    config = yaml.safe_load(good)
    config["users"][0]["user"]["token"] = "expired"
    path.write_text(yaml.safe_dump(config))
    client = await connect(path)
    with pytest.raises(ApiUnavailable, match="401"):
        await client.create(LEASES, samples.lease("l", namespace))
    path.write_bytes(good)
    await client.create(LEASES, samples.lease("l", namespace))
    await client.close()


async def test_inside_a_pod_the_token_file_is_read_again(
    cluster: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load(as_account(cluster, namespace, tmp_path / "kubeconfig").read_bytes())
    grant(cluster, namespace, "create")
    authority, token = tmp_path / "ca.crt", tmp_path / "token"
    authority.write_bytes(base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]))
    token.write_text("expired")
    host, port = cluster.server.removeprefix("https://").split(":")
    monkeypatch.setitem(os.environ, "KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setitem(os.environ, "KUBERNETES_SERVICE_PORT", port)
    loader = "kubernetes.aio.config.incluster_config"
    monkeypatch.setattr(f"{loader}.SERVICE_CERT_FILENAME", str(authority))
    monkeypatch.setattr(f"{loader}.SERVICE_TOKEN_FILENAME", str(token))
    client = await connect(None)
    with pytest.raises(ApiUnavailable, match="401"):
        await client.create(LEASES, samples.lease("l", namespace))
    token.write_text(config["users"][0]["user"]["token"])
    await client.create(LEASES, samples.lease("l", namespace))
    await client.close()


async def test_without_any_credentials_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ApiUnavailable, match=f"no credentials for the API server: there is no kubeconfig {tmp_path}"):
        await connect(tmp_path / "none")
    with pytest.raises(ApiUnavailable, match="no credentials"):
        await connect(None)


async def test_an_api_server_that_is_not_there(cluster: ControlPlane, tmp_path: Path) -> None:
    config = yaml.safe_load(cluster.admin.read_bytes())
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"])
    kubeconfig.with_token(tmp_path / "kubeconfig", server="https://127.0.0.1:1", ca=authority, token="x")
    client = await connect(tmp_path / "kubeconfig")
    with pytest.raises(ApiUnavailable, match="list events: no answer"):
        await client.list(EVENTS)
    await client.close()
