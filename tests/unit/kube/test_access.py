"""Credentials for the API server."""

import os
from pathlib import Path
from typing import Final, NoReturn

import pytest
from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.access import Access
from aci_operator.kube.api import SERVICES
from aci_operator.kube.client import Client, connect
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException

KUBECONFIG: Final = """apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
users:
- name: u
  user: {token: abc}
"""


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


@pytest.mark.parametrize("end", ["", "apiVersion", "users:", "- name", "- name: u\n", "{token: "])
async def test_a_kubeconfig_that_is_just_being_written_is_no_answer(tmp_path: Path, end: str) -> None:
    """Kubectl and az truncate the file first; it is read again when the API server refuses a token."""
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG)
    access = await Access.load(path)
    refused = await access.authorization()
    path.write_text(KUBECONFIG[: KUBECONFIG.index(end) + len(end)])
    with pytest.raises(ApiUnavailable, match="no credentials"):
        await access.replace(refused)
    path.write_text(KUBECONFIG.replace("abc", "def"))
    assert await access.replace(refused)


@pytest.mark.parametrize(("order", "server"), [("ab", "https://a.example:1"), ("ba", "https://b.example:1")])
async def test_of_several_kubeconfigs_the_first_current_context_counts(tmp_path: Path, order: str, server: str) -> None:
    """As for kubectl."""
    for name in order:
        text = KUBECONFIG.replace("https://127.0.0.1:1", f"https://{name}.example:1")
        for word in ("name: c", "cluster: c", "name: x", "context: x"):
            text = text.replace(word, f"{word}{name}")
        (tmp_path / name).write_text(text)
    access = await Access.load(Path(os.pathsep.join(str(tmp_path / name) for name in order)))
    assert access.configuration.host == server


@pytest.mark.parametrize("order", [("empty", "full"), ("full", "empty"), ("missing", "empty", "full")])
async def test_of_several_kubeconfigs_an_empty_one_is_skipped(tmp_path: Path, order: tuple[str, ...]) -> None:
    """As by kubectl."""
    (tmp_path / "empty").write_text("# nothing yet\n")
    (tmp_path / "full").write_text(KUBECONFIG)
    access = await Access.load(Path(os.pathsep.join(str(tmp_path / name) for name in order)))
    assert access.configuration.host == "https://127.0.0.1:1"


async def test_a_certificate_that_makes_no_sense_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG.replace("127.0.0.1:1'", "127.0.0.1:1', certificate-authority-data: bm9uZQo="))
    with pytest.raises(ApiUnavailable, match="certificates for the API server make no sense"):
        await connect(path)
