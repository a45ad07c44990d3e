"""`aci-operator gc`: what it says, and that it ends only when all is done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aci_operator.app import garbage
from aci_operator.app.settings import Settings
from aci_operator.cli.main import main
from aci_operator.core.cloud import GroupRef
from aci_operator.core.errors import ApiUnavailable, Forbidden
from aci_operator.core.garbage import Claim
from click.testing import CliRunner, Result

from tests.unit.core.builders import SCOPE


def claim(number: int) -> Claim:
    name = f"llm-{number}-leftover"
    return Claim(GroupRef(SCOPE, name), "westeurope", "team-a", name, f"uid-{number}", "llm")


class Collector:
    """Three orphans; the second is none any more when its turn comes."""

    def __init__(self, refusal: Exception | None, refused: int) -> None:
        self._refusal = refusal
        self._refused = refused

    async def orphans(self) -> list[Claim]:
        return [claim(1), claim(2), claim(3)]

    async def delete(self, orphan: Claim, *, patient: bool) -> bool:
        assert patient, "a person asked for all of them"
        if self._refusal is not None and orphan == claim(self._refused):
            raise self._refusal
        return orphan != claim(2)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, refusal: Exception | None = None, refused: int = 1) -> Result:
    @asynccontextmanager
    async def collector(settings: Settings) -> AsyncIterator[Collector]:
        assert settings
        yield Collector(refusal, refused)

    monkeypatch.setattr(garbage, "_collector", collector)
    return CliRunner().invoke(main, ["gc", *arguments])


def test_it_lists_the_orphans(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{SCOPE.name}/llm-{number}-leftover\twas team-a/llm-{number}-leftover" for number in (1, 2, 3)
    ]
    assert result.stderr == "3 without an object\n"


def test_it_deletes_all_of_them_and_says_which_it_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, "--confirm")
    assert result.exit_code == 0
    assert [line.split("\t")[1] for line in result.stdout.splitlines()] == [
        "was team-a/llm-1-leftover",
        "was team-a/llm-3-leftover",
    ]
    assert result.stderr == "2 deleted, 1 left alone: no longer without an object\n"


def test_one_that_azure_does_not_delete_keeps_no_other_from_going(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, "--confirm", refusal=Forbidden("ScopeLocked", "there is a lock"))
    assert result.exit_code == 1
    assert result.stdout == f"{SCOPE.name}/llm-3-leftover\twas team-a/llm-3-leftover\n"
    assert result.stderr.splitlines() == [
        f"{SCOPE.name}/llm-1-leftover\tnot deleted: ScopeLocked: there is a lock",
        "1 deleted, 1 left alone: no longer without an object",
        "Error: 1 could not be deleted",
    ]


def test_an_api_server_that_fails_in_the_middle_ends_it_and_what_was_done_before_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = run(monkeypatch, "--confirm", refusal=ApiUnavailable("no answer"), refused=3)
    assert result.exit_code == 1
    assert "was team-a/llm-1-leftover" in result.stdout
    assert result.stderr == "Error: no answer (1 deleted before)\n"
