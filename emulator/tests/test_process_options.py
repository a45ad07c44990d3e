"""What `serve` is told at its start: its settings file, its options, who may ask the admin API."""

import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from aci_emulator.serve.cli import main
from aci_emulator.serve.server import Config, is_loopback
from aci_emulator.testing import as_process, in_thread
from click.testing import CliRunner

# -- the settings file


def test_faults_of_the_settings_file_hold_from_the_start(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("page_size: 2\nfaults:\n- {kind: stale, seconds: 20, count: null}\n- {kind: answer, status: 503}\n")
    with as_process(tmp_path / "served", ["--settings", str(file)]) as running:
        shown = [(line["kind"], line["count"], line["status"]) for line in running.admin.rules()]
        assert shown == [("stale", None, None), ("answer", 1, 503)]
        assert running.admin.settings()["page_size"] == 2


def test_wrong_faults_in_the_settings_file_are_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("faults: [{kind: empty}, {kind: stale}]")
    done = CliRunner().invoke(main, ["serve", "--dir", str(tmp_path), "--settings", str(file)])
    assert (done.exit_code, done.stderr) == (1, "Error: faults[1]: a rule of kind stale needs seconds\n")


# -- options


@pytest.mark.parametrize(
    "words",
    [
        ["--set", "colour=red"],
        ["--set", "nothing"],
        ["--set", "time_scale=1e-9"],
        ["--set", "core_quota=.inf"],
        ["--set", "clock_skew=1e15"],
        ["--set", "images={'*': {run: .inf}}"],
        ["--set", "variants=1", "--set", "variants_seed=1"],
        ["--federated", "client"],
        ["--role", "/nowhere/role.json"],
        ["--resource-group", "rg"],
        ["--port", "99999"],
    ],
)
def test_wrong_options_are_sentences(tmp_path: Path, words: list[str]) -> None:
    done = CliRunner().invoke(main, ["serve", "--dir", str(tmp_path), *words])
    assert done.exit_code in {1, 2}
    assert "Error: " in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_a_role_that_cannot_be_read_allows_nothing_by_mistake(tmp_path: Path) -> None:
    (tmp_path / "role.json").write_text('{"Actions": ["*"]')
    done = CliRunner().invoke(main, ["serve", "--dir", str(tmp_path), "--role", str(tmp_path / "role.json")])
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (1, True)
    assert "role.json" in done.stderr


# -- who may ask the admin API


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        (None, False),
        ("", False),
    ],
)
def test_who_is_on_loopback(remote: str | None, expected: bool) -> None:
    assert is_loopback(remote) == expected


@pytest.mark.parametrize(("options", "status"), [([], 403), (["--admin-from-anywhere"], 200)])
def test_the_admin_api_is_on_loopback_only_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], status: int
) -> None:
    configs: list[Config] = []
    monkeypatch.setattr(
        "aci_emulator.serve.serving.serve_until_signal", lambda config, _ready, **_: _kept(configs, config)
    )
    assert CliRunner().invoke(main, ["serve", "--dir", str(tmp_path), *options]).exit_code == 0
    monkeypatch.setattr("aci_emulator.serve.server.is_loopback", lambda _remote: False)
    with in_thread(configs[0]) as running:
        url = f"{running.endpoint}/_emulator/groups"
        context = ssl.create_default_context(cafile=str(running.ca))
        try:
            seen = urllib.request.urlopen(url, timeout=10, context=context).status
        except urllib.error.HTTPError as error:
            seen = error.code
    assert seen == status


async def _kept(configs: list[Config], config: Config) -> None:
    configs.append(config)
