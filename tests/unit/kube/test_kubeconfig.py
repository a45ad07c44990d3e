"""A kubeconfig has tokens in it: what is wrong with one is told without them."""

import logging
import os
from pathlib import Path
from typing import Final

import pytest
from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.access import Access
from aci_operator.kube.context import namespace_of
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException

from tests.unit.kube import test_access

KUBECONFIG: Final = test_access.KUBECONFIG.replace("abc", "s3cret")
EXEC: Final = "user: {exec: {apiVersion: v1, command: null, env: [{name: TOKEN, value: s3cret}]}}"


def broken(user: str) -> str:
    return KUBECONFIG.replace("user: {token: s3cret}", user)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(broken("usr: {token: s3cret}"), "Expected key user in", id="a key that is misspelt"),
        pytest.param(broken("user: {token: s3cret: x}"), "expected ',' or '}', but got ':' (line 8)", id="a colon"),
        pytest.param(
            broken("user:\n    token: s3cret: x"), "mapping values are not allowed here (line 9)", id="no map"
        ),
        pytest.param(broken("user: {token: s3cret"), "(line 9)", id="cut"),
        pytest.param(broken("user: {token: *s3cret}"), "found undefined alias ... (line 8)", id="an alias"),
        pytest.param(broken("user: {token: !s3cret x}"), "constructor for the tag ... (line 8)", id="a tag"),
        pytest.param(broken("user: {token: !!int s3cret}"), "int() with base 10: ...", id="no number"),
        pytest.param(
            broken("user: {tokenFile: /missing}"), "No such file or directory: '/missing'", id="no token file"
        ),
    ],
)
@pytest.mark.parametrize("several", [False, True], ids=["one file", "several files"])
async def test_what_is_wrong_is_told_in_a_line_without_its_content(
    tmp_path: Path, text: str, says: str, *, several: bool
) -> None:
    path, valid = tmp_path / "broken", tmp_path / "valid"
    path.write_text(text)
    valid.write_text("apiVersion: v1\nkind: Config\n")
    kubeconfig = Path(os.pathsep.join([str(path), str(valid)])) if several else path
    with pytest.raises(ApiUnavailable) as told:
        await Access.load(kubeconfig)
    assert says in str(told.value)
    assert "s3cret" not in str(told.value)
    assert "\n" not in str(told.value)
    assert told.value.__suppress_context__  # a traceback would show the rest


@pytest.mark.parametrize("text", ["users: [{token: s3cret", "contexts: [{name: x, token: s3cret}]\ncurrent-context: x"])
def test_the_namespace_too_is_missed_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken"
    path.write_text(text)
    with pytest.raises(ApiUnavailable, match="no namespace from the kubeconfig") as told:
        namespace_of(path)
    assert "s3cret" not in str(told.value)
    assert told.value.__suppress_context__


async def test_a_token_file_that_is_refused_is_told_without_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access(None, Configuration())

    def refresh(_: object) -> None:
        raise ConfigException("Expected key token in {'token': 's3cret'}")

    monkeypatch.setattr(access.configuration, "refresh_api_key_hook", refresh)
    with pytest.raises(ApiUnavailable, match=r"Expected key token in$"):
        await access.authorization()


async def test_what_the_library_logs_of_an_exec_section_is_without_its_content(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(broken(EXEC))
    await Access.load(path)
    assert [(it.levelno, it.getMessage().startswith("Invalid kube-config file")) for it in caplog.records] == [
        (logging.ERROR, True)
    ]
    assert "s3cret" not in caplog.text
