"""`aci-operator plan`: what it takes from files and standard input, and what it says of those that nobody can apply."""

from pathlib import Path
from typing import Any

import pytest
from aci_operator.cli import plan
from aci_operator.cli.main import main
from aci_operator.engine.ports import Key
from click.testing import CliRunner, Result

SERVICE = "kind: AciService\nmetadata: {name: web}\n"


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Key, Any]]:
    """What the cluster was asked for."""
    asked: list[tuple[Key, Any]] = []

    async def look(_kubeconfig: Any, _subscription: Any, key: Key, manifest: Any, _endpoint: Any) -> list[str]:
        asked.append((key, manifest))
        return []

    monkeypatch.setattr(plan, "look", look)
    return asked


def run(*words: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["plan", *words, "-n", "team-a"], input=stdin)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("kind: [", "is no YAML: ", id="no YAML"),
        pytest.param("a: \x00", "is no YAML: unacceptable character", id="no text"),
        pytest.param("a: !!int x", "is no YAML: invalid literal for int()", id="no number"),
        pytest.param("a: !!timestamp x", "is no YAML: ", id="no time"),
        pytest.param("[" * 5000, "is no YAML: it is nested too deeply", id="nested without end"),
        pytest.param("a: &a [*a]", "document 1 has what JSON cannot hold: Circular reference", id="within itself"),
        pytest.param("a: !!binary aGk=", "has what JSON cannot hold: Object of type bytes", id="bytes"),
        pytest.param("a: .nan", "has what JSON cannot hold: Out of range float", id="no finite number"),
        pytest.param("", "there is no AciService in FILE", id="empty"),
        pytest.param("---\n---\n", "there is no AciService in FILE", id="empty documents"),
        pytest.param("kind: Deployment", "there is no AciService in FILE", id="another kind"),
        pytest.param("text", 'document 1 must be an object with apiVersion and kind, not "text"', id="text"),
        pytest.param(f"{SERVICE}---\n- 1", "document 2 must be an object with apiVersion and kind, not a list", id="1"),
        pytest.param("kind: List\nitems: 5", "document 1: items must be a list, not 5", id="items that are none"),
        pytest.param("kind: List\nitems: [5]", "document 1, items[0] must be an object", id="an item that is none"),
        pytest.param("kind: AciService", "document 1: metadata.name is missing", id="no metadata"),
        pytest.param("kind: AciService\nmetadata:", "metadata.name is missing", id="empty metadata"),
        pytest.param("kind: AciService\nmetadata: {namespace: a}", "metadata.name is missing", id="no name"),
        pytest.param("kind: AciService\nmetadata: text", 'metadata must be an object, not "text"', id="metadata"),
        pytest.param("kind: AciService\nmetadata: []", "metadata must be an object, not a list", id="empty list"),
        pytest.param(
            "kind: AciService\nmetadata: {name: 1}",
            "metadata.name must be a name, not 1: put it in quotes",
            id="number",
        ),
        pytest.param("kind: AciService\nmetadata: {name: ''}", 'metadata.name must be a name, not ""', id="empty name"),
        pytest.param(
            "kind: AciService\nmetadata: {name: web, namespace: 5}",
            "document 1: metadata.namespace must be a name, not 5: put it in quotes",
            id="a namespace that is no text",
        ),
        pytest.param(
            "kind: AciService\nmetadata: {name: web, namespace: []}",
            "metadata.namespace must be a name, not a list",
            id="a namespace that is a list",
        ),
        pytest.param(f"{SERVICE}spec: text", 'spec must be an object, not "text"', id="spec is text"),
        pytest.param(f"{SERVICE}spec: [1]", "spec must be an object, not a list", id="spec is a list"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_line(
    planned: list[Any], tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(text)
    result = run("-f", str(file))
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Error: ")
    assert says.replace("FILE", str(file)) in result.stderr
    assert str(file) in result.stderr
    assert (result.exit_code, planned) == (1, [])


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_bytes(b"kind: \xff")
    result = run("-f", str(file))
    assert (result.exit_code, result.stderr) == (1, f"Error: {file} is not UTF-8 (byte 6): save it as UTF-8\n")
    assert "standard input is not UTF-8" in run("-f", "-", stdin=b"\xff").stderr


def test_a_file_that_is_missing_or_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = run("-f", str(tmp_path / "missing"))
    assert (missing.exit_code, "does not exist" in missing.stderr) == (2, True)
    folder = run("-f", str(tmp_path))
    assert (folder.exit_code, "is a directory" in folder.stderr) == (2, True)

    def fails(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    file = tmp_path / "service.yaml"
    file.write_text(SERVICE)
    monkeypatch.setattr(Path, "read_bytes", fails)
    result = run("-f", str(file))
    assert (result.exit_code, result.stderr) == (1, f"Error: {file} cannot be read: Input/output error\n")


def test_an_address_of_azure_that_is_not_https_is_told() -> None:
    result = run("web", "--azure", "--azure-endpoint", "http://x")
    assert (result.exit_code, result.stderr) == (
        1,
        'Error: the address of Azure Resource Manager must begin with https://, not "http://x"\n',
    )


def test_standard_input_is_read(planned: list[tuple[Key, Any]]) -> None:
    assert run("-f", "-", stdin=SERVICE).exit_code == 0
    assert [key for key, _ in planned] == [Key("team-a", "web")]


def test_lists_are_taken_apart_in_their_order(planned: list[tuple[Key, Any]]) -> None:
    inner = "{kind: AciServiceList, items: [{kind: AciService, metadata: {name: b}}]}"
    items = f"[{{kind: AciService, metadata: {{name: a, namespace: team-a}}}}, {inner}, {{kind: Secret}}]"
    others = "---\nkind: AllowList\nitems: {a: b}\n"
    stdin = f"kind: List\nitems: {items}\n---\n{SERVICE}---\nkind: List\nitems:\n{others}"
    assert run("-f", "-", stdin=stdin).exit_code == 0
    assert [key for key, _ in planned] == [Key("team-a", "a"), Key("team-a", "b"), Key("team-a", "web")]


def test_a_manifest_of_another_namespace_than_was_asked_for_is_refused(planned: list[Any], tmp_path: Path) -> None:
    """As by kubectl; nothing is planned of what comes before it either."""
    file = tmp_path / "services.yaml"
    file.write_text(f"{SERVICE}---\nkind: AciService\nmetadata: {{name: other, namespace: team-b}}\n")
    result = run("-f", str(file))
    words = f'Error: {file}, document 2: metadata.namespace is "team-b", but -n is "team-a": leave -n out\n'
    assert (result.exit_code, result.stderr, planned) == (1, words, [])


def test_a_text_is_taken_as_kubernetes_takes_it(planned: list[tuple[Key, Any]]) -> None:
    """A date stays text, and the name of a field is text; a byte order mark is none of it."""
    stdin = "\ufeffkind: AciService\nmetadata: {name: web, namespace: ''}\nspec: {since: 2026-01-01, 1: a}"
    assert run("-f", "-", stdin=stdin).exit_code == 0
    [(key, manifest)] = planned
    assert (key, manifest["spec"]) == (Key("team-a", "web"), {"since": "2026-01-01", "1": "a"})
