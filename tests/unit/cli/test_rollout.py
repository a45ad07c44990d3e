"""What `aci-operator rollout` answers, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
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

    async def status(self, say: Callable[[str], None], *, watch: bool) -> bool:
        await asyncio.sleep(0.01)
        say("watched" if watch else "looked")
        return True

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


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param([], "watched", id="nothing"),
        pytest.param(["-w"], "watched", id="-w"),
        pytest.param(["--watch"], "watched", id="--watch"),
        pytest.param(["--watch=true"], "watched", id="--watch=true"),
        pytest.param(["--watch=false"], "looked", id="--watch=false"),
        pytest.param(["-w=false"], "looked", id="-w=false"),
        pytest.param(["--no-watch"], "looked", id="--no-watch"),
        pytest.param(["--timeout", "0"], "watched", id="0 is no limit"),
        pytest.param(["--timeout=0s"], "watched", id="0s is no limit"),
        pytest.param(["--timeout=5m"], "watched", id="a duration"),
    ],
)
def test_status_takes_what_kubectl_takes(monkeypatch: pytest.MonkeyPatch, words: list[str], says: str) -> None:
    result = run(monkeypatch, "status", *words)
    assert (result.exit_code, result.output) == (0, f"{says}\n")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(["--timeout=1ms"], 1, "Error: not rolled out after 0.001 s", id="over"),
        pytest.param(["--timeout=soon"], 2, '"soon" is no duration: write it as 90s, 5m or 1h30m', id="no duration"),
        pytest.param(["--watch=maybe"], 2, "'--watch' does not take a value", id="neither"),
    ],
)
def test_status_tells_why_it_ends(monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, says: str) -> None:
    result = run(monkeypatch, "status", *words)
    assert (result.exit_code, says in result.output) == (code, True), result.output
