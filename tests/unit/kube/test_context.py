"""Which namespace is meant where nobody names one: as kubectl has it."""

import os
from pathlib import Path

import pytest
from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube import context

KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
contexts:
- {name: other, context: {cluster: c, user: u, namespace: team-b}}
- {name: x, context: {cluster: c, user: u, namespace: NAMESPACE}}
current-context: x
users: [{name: u, user: {token: abc}}]
"""


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(context, "ACCOUNT", tmp_path / "account")
    for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What this pod is given of its ServiceAccount."""
    account = tmp_path / "account"
    account.mkdir()
    (account / "token").write_text("abc")
    (account / "namespace").write_text("team-pod\n")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    return account


def kubeconfig(folder: Path, namespace: str) -> Path:
    path = folder / "kubeconfig"
    path.write_text(KUBECONFIG.replace("NAMESPACE", namespace))
    return path


def test_it_is_that_of_the_current_context(tmp_path: Path) -> None:
    assert context.namespace_of(kubeconfig(tmp_path, "team-a")) == "team-a"


def test_of_several_files_it_is_that_of_the_context_that_is_connected_by(tmp_path: Path) -> None:
    files = os.pathsep.join([str(tmp_path / "missing"), str(kubeconfig(tmp_path, "team-a"))])
    assert context.namespace_of(Path(files)) == "team-a"


def test_of_several_current_contexts_the_first_is_meant(tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.write_text(KUBECONFIG.replace("current-context: x", "current-context: other"))
    files = os.pathsep.join([str(kubeconfig(tmp_path, "team-a")), str(second)])
    assert context.namespace_of(Path(files)) == "team-a"


@pytest.mark.parametrize("namespace", ["null", "''"])
def test_a_context_without_one_means_default(tmp_path: Path, namespace: str) -> None:
    assert context.namespace_of(kubeconfig(tmp_path, namespace)) == "default"


def test_a_kubeconfig_that_is_missing_names_none(tmp_path: Path) -> None:
    assert context.namespace_of(tmp_path / "missing") == "default"


def test_in_a_pod_it_is_that_of_the_service_account(pod: Path, tmp_path: Path) -> None:
    assert context.in_a_pod()
    assert context.namespace_of(None) == "team-pod"
    assert context.namespace_of(kubeconfig(tmp_path, "null")) == "team-pod"
    assert context.namespace_of(kubeconfig(tmp_path, "team-a")) == "team-a"
    (pod / "namespace").unlink()
    assert context.namespace_of(None) == "default"


def test_in_a_pod_its_variable_goes_first(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (pod / "namespace").exists()
    monkeypatch.setenv("POD_NAMESPACE", "team-c")
    assert context.namespace_of(None) == "team-c"


def test_without_a_token_it_is_no_pod(pod: Path) -> None:
    (pod / "token").unlink()
    assert not context.in_a_pod()
    assert context.namespace_of(None) == "default"


@pytest.mark.parametrize("text", ["", "kind: [", "current-context: y\ncontexts: []", "[]"])
def test_a_kubeconfig_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(ApiUnavailable, match="no namespace from the kubeconfig"):
        context.namespace_of(path)


def test_a_namespace_that_is_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ApiUnavailable, match="must be text, not 5"):
        context.namespace_of(kubeconfig(tmp_path, "5"))
