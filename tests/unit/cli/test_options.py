"""What the commands take where an option is not given, and names that are none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from aci_operator.cli import options, plan, rollout
from aci_operator.cli.main import main
from aci_operator.engine.ports import Key
from aci_operator.kube import context
from click.testing import CliRunner, Result

KUBECONFIG = """
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: team-b}}]
current-context: x
users: [{name: u, user: {token: abc}}]
"""


class Asked:
    """Stands for the cluster: what was asked of which service, by which kubeconfig."""

    def __init__(self) -> None:
        self.kubeconfig: Path | None = None
        self.keys: list[Key] = []

    @asynccontextmanager
    async def rollout(self, kubeconfig: Path | None, namespace: str, name: str) -> AsyncIterator["Asked"]:
        self.kubeconfig = kubeconfig
        self.keys.append(Key(namespace, name))
        yield self

    async def restart(self) -> None:
        pass

    async def look(self, kubeconfig: Path | None, _subscription: str | None, key: Key, *_: Any) -> list[str]:
        self.kubeconfig = kubeconfig
        self.keys.append(key)
        return []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    asked = Asked()
    monkeypatch.setattr(rollout, "rollout", asked.rollout)
    monkeypatch.setattr(plan, "look", asked.look)
    monkeypatch.setattr(context, "ACCOUNT", tmp_path / "account")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return asked


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / ".kube" / "config"
    path.parent.mkdir()
    path.write_text(KUBECONFIG)
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("words", [("rollout", "restart", "web"), ("plan", "web")])
def test_without_a_namespace_it_is_that_of_the_current_context(
    asked: Asked, kubeconfig: Path, words: tuple[str, ...]
) -> None:
    assert run(*words).exit_code == 0
    assert run(*words, "-n", "team-a").exit_code == 0
    assert run(*words, "-n", "").exit_code == 0
    assert asked.keys == [Key("team-b", "web"), Key("team-a", "web"), Key("team-b", "web")]
    assert asked.kubeconfig == kubeconfig


def test_manifests_without_a_namespace_are_of_the_current_context(
    asked: Asked, kubeconfig: Path, tmp_path: Path
) -> None:
    file = tmp_path / "service.yaml"
    file.write_text("kind: AciService\nmetadata: {name: web}\n---\nkind: AciService\nmetadata: {name: a, namespace: b}")
    for words in ((), ("-n", "")):
        assert run("plan", "-f", str(file), "--kubeconfig", str(kubeconfig), *words).exit_code == 0
    assert asked.keys == [Key("team-b", "web"), Key("b", "a")] * 2


def test_in_a_pod_without_a_kubeconfig_it_is_the_pods_cluster_and_namespace(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account = tmp_path / "account"
    account.mkdir()
    (account / "token").write_text("abc")
    (account / "namespace").write_text("team-pod")
    for name in ("HOST", "PORT"):
        monkeypatch.setenv(f"KUBERNETES_SERVICE_{name}", "1")
    monkeypatch.delenv("POD_NAMESPACE", raising=False)
    assert run("rollout", "restart", "web").exit_code == 0
    assert (asked.keys, asked.kubeconfig) == ([Key("team-pod", "web")], None)


def test_a_kubeconfig_that_cannot_be_read_is_told_in_a_sentence(asked: Asked, kubeconfig: Path) -> None:
    kubeconfig.write_text("kind: [")
    result = run("rollout", "restart", "web")
    assert (result.exit_code, asked.keys) == (1, [])
    assert result.stderr.startswith(f"Error: no namespace from the kubeconfig {kubeconfig}")


@pytest.mark.parametrize("words", [("",), ("..",), ("A",), ("web", "-n", ".."), ("web", "-n", "a/b")])
@pytest.mark.parametrize("command", [("rollout", "restart"), ("plan",)])
def test_what_can_be_no_name_is_not_asked_for(asked: Asked, command: tuple[str, ...], words: tuple[str, ...]) -> None:
    result = run(*command, *words)
    assert (result.exit_code, asked.keys) == (2, [])
    assert "cannot be the name of an object" in result.stderr


def test_the_length_of_a_name_is_limited() -> None:
    assert options.is_name("a" * 253)
    assert not options.is_name("a" * 254)


def test_a_context_whose_namespace_can_be_no_name_asks_for_nothing(asked: Asked, kubeconfig: Path) -> None:
    kubeconfig.write_text(KUBECONFIG.replace("team-b", "'..'"))
    result = run("rollout", "restart", "web")
    assert (result.exit_code, asked.keys) == (2, [])
    assert "cannot be the name of an object" in result.output


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90", 90), ("1.5", 1.5), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1.5h", 5400), ("250ms", 0.25)],
)
def test_a_duration_is_taken_as_kubectl_takes_it(text: str, seconds: float) -> None:
    assert options.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-5s", "5x", "5m3", "m5", "5 m", "inf", "nan", "1e3", "٣s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no duration"):
        options.duration(text)
