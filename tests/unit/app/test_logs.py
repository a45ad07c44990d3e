"""Lines for machines and lines for people."""

import json
import logging
from collections.abc import Iterator

import pytest
from aci_operator.app.logs import configure


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("azure", "msal", "aiohttp.access")}
    yield
    root.handlers[:], root.level = handlers, level
    for name, kept in levels.items():
        logging.getLogger(name).setLevel(kept)


def fail() -> None:
    raise KeyError("zürich")


def test_json_is_one_object_a_line_even_with_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "INFO")
    log = logging.getLogger("aci_operator.test")
    log.info("two\nlines of %s", "ü")
    try:
        fail()
    except KeyError:
        log.exception("it failed")
    log.debug("not told")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["level"], first["logger"], first["message"]) == ("info", "aci_operator.test", "two\nlines of ü")
    assert first["time"].endswith("+00:00")
    assert "exception" not in first
    assert second["level"] == "error"
    assert "KeyError" in second["exception"]


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text", "WARNING")
    log = logging.getLogger("aci_operator.test")
    log.info("not told")
    log.warning("mind the %s", "gap")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING aci_operator.test: mind the gap")


@pytest.mark.parametrize("library", ["azure.identity", "msal", "aiohttp.access"])
def test_libraries_tell_only_their_errors(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("text", "DEBUG")
    logging.getLogger(library).warning("a token could not be had")
    assert capsys.readouterr().err == ""
    logging.getLogger(library).error("broken")
    assert "broken" in capsys.readouterr().err
