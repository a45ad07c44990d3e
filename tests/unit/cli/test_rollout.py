"""What `aci-operator rollout` answers, and how it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aci_operator.app.rollout import Refused
from aci_operator.cli import rollout
from aci_operator.cli.main import main
from aci_operator.core.revision import Revision
from click.testing import CliRunner, Result

from tests.unit.core.builders import revision

V1, V2 = revision("v1", 1), revision("v2", 2)


class Service:
    """A service at v2. Its number 9 is refused."""

    async def undo(self, number: int | None) -> tuple[Revision, bool]:
        if number == 9:
            raise Refused("no such revision")
        return (V2, False) if number == 2 else (V1, True)

    async def restart(self) -> None:
        raise Refused("it is paused")


@asynccontextmanager
async def opened(_kubeconfig: Path | None, namespace: str, name: str) -> AsyncIterator[Service]:
    assert (namespace, name) == ("team-a", "llm")
    yield Service()


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setattr(rollout, "rollout", opened)
    return CliRunner().invoke(main, ["rollout", *words, "llm", "-n", "team-a"])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(["undo"], 0, '"llm" goes back to revision 1', id="undone"),
        pytest.param(["undo", "--to-revision", "0"], 0, '"llm" goes back to revision 1', id="0"),
        pytest.param(["undo", "--to-revision", "2"], 0, 'skipped: "llm" is at revision 2', id="there already"),
        pytest.param(["undo", "--to-revision", "9"], 1, "Error: no such revision", id="missing"),
        pytest.param(["undo", "--to-revision", "-1"], 2, "-1 is not in the range x>=0", id="negative"),
        pytest.param(["restart"], 1, "Error: it is paused", id="refused"),
    ],
)
def test_what_is_answered(monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, says: str) -> None:
    result = run(monkeypatch, *words)
    assert (result.exit_code, says in result.output) == (code, True), result.output
