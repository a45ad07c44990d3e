"""`ctl` against a process, and the admin API behind it: groups, rules, settings, roles, requests."""

import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aci_emulator.admin.client import AdminError
from aci_emulator.serve.cli import main
from aci_emulator.testing import Running, as_process
from click.testing import CliRunner

from .conftest import CLIENT, FAST, SUBSCRIPTION


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with as_process(tmp_path_factory.mktemp("process"), FAST) as running:
        yield running


def ctl(running: Running, *words: str, status: int = 0) -> list[Any]:
    environment = {"ACI_EMULATOR_ENDPOINT": running.endpoint, "SSL_CERT_FILE": str(running.ca)}
    done = CliRunner().invoke(main, ["ctl", *words], env=environment)
    assert done.exit_code == status, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ctl_is_a_program_too(process: Running) -> None:
    environment = {"ACI_EMULATOR_ENDPOINT": process.endpoint, "SSL_CERT_FILE": str(process.ca)}
    command = [sys.executable, "-m", "aci_emulator", "ctl"]
    done = subprocess.run([*command, "held"], env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = subprocess.run([*command, "held"], env={}, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "ACI_EMULATOR_ENDPOINT" in done.stderr


@pytest.mark.parametrize("endpoint", ["localhost", "127.0.0.1:1", "https://127.0.0.1:1", "https://[::1"])
def test_an_address_of_no_emulator_is_a_sentence(process: Running, endpoint: str) -> None:
    environment = {"ACI_EMULATOR_ENDPOINT": endpoint, "SSL_CERT_FILE": str(process.ca)}
    done = CliRunner().invoke(main, ["ctl", "groups"], env=environment)
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (1, True)
    assert f"cannot reach the emulator at {endpoint}" in done.stderr


def test_ctl_groups(process: Running) -> None:
    words = ["--resource-group", "rg", "--name", "foreign", "--location", "westeurope", "--tag", "a=b"]
    (placed,) = ctl(process, "put-group", *words)
    (line,) = ctl(process, "groups")
    assert line["id"] == placed["id"]
    assert set(line) == {
        "name",
        "id",
        "subscriptionId",
        "resourceGroup",
        "location",
        "zone",
        "provisioningState",
        "state",
        "ip",
        "tags",
        "image",
        "createdAt",
        "restarts",
        "starts",
        "puts",
        "uid",
    }
    assert line["state"] == "Running"
    assert ctl(process, "kill", "foreign")[0]["state"] == "Stopped"
    assert ctl(process, "peak", "--tag", "a=b") == [{"tag": "a", "value": "b", "peak": 1, "alive": 1}]
    ctl(process, "remove", line["id"])
    assert ctl(process, "groups") == []
    assert {"tag": "a", "value": "b", "peak": 1, "alive": 0} in ctl(process, "peak")
    assert ctl(process, "peak", "--reset") == []
    ctl(process, "kill", "foreign", status=1)


def test_ctl_disturbs_groups_as_the_platform_does(process: Running) -> None:
    ctl(process, "put-group", "--resource-group", "rg", "--name", "g", "--location", "westeurope")
    (before,) = ctl(process, "groups")
    assert ctl(process, "platform-kill", "g")[0]["restarts"] == 1
    assert ctl(process, "exit", "g", "--container", "main", "--code", "2")[0]["state"] == "Running"
    ctl(process, "exit", "g", "--container", "other", status=1)
    assert ctl(process, "maintenance", "g")[0]["ip"] != before["ip"]
    ctl(process, "evict", "g", status=1)
    for verb in ("platform-kill", "maintenance", "evict", "exit"):
        ctl(process, verb, "nobody", status=1)
    ctl(process, "remove", "g")


def test_ctl_rules(process: Running) -> None:
    answer = ["--status", "429", "--code", "X", "--message", "m", "--header", "Retry-After=5"]
    fault = ctl(process, "fault", "--method", "put", "--path", "*/g*", "--count", "2", *answer)[0]["id"]
    cut = ctl(process, "fault", "--cut", "after")[0]["id"]
    late = ctl(process, "fault", "--status", "503", "--after", "--count", "0")[0]["id"]
    hold = ctl(process, "hold", "--method", "DELETE", "--after", "--count", "1", "--late")[0]["id"]
    shown = {line["id"]: (line["kind"], line["method"], line["count"]) for line in ctl(process, "faults") if line["id"]}
    assert shown == {
        fault: ("answer", "PUT", 2),
        cut: ("cut-after", "*", 1),
        late: ("answer-after", "*", None),
        hold: ("hold-after", "DELETE", 1),
    }
    assert ctl(process, "held") == []
    assert ctl(process, "release", hold) == [{"released": hold}]
    assert ctl(process, "release", "all") == []
    assert len(ctl(process, "clear")) == 3
    ctl(process, "release", hold, status=1)
    ctl(process, "fault", "--method", "PUT", status=2)


def test_ctl_says_which_requests_a_fault_hits_and_counts_them(process: Running) -> None:
    which = ["--method", "get", "--operation", "token", "--principal", CLIENT, "--skip", "2", "--seed", "7"]
    (made,) = ctl(process, "fault", "token-down", *which, "--probability", "0.5", "--count", "0")
    (line,) = [line for line in ctl(process, "faults") if line["id"] == made["id"]]
    assert line == {
        "id": made["id"],
        "kind": "token-down",
        "method": "GET",
        "path": "*",
        "operation": "token",
        "principal": CLIENT,
        "skip": 2,
        "count": None,
        "probability": 0.5,
        "seed": 7,
        "seen": 0,
        "hits": 0,
        "status": None,
    }
    partial = ctl(process, "fault", "partial", "--first", "0")[0]["id"]
    assert [line["first"] for line in ctl(process, "faults") if line["id"] == partial] == [0]
    ctl(process, "clear")
    assert {"id": None, "kind": "token-down", "hits": 0} in ctl(process, "faults")
    assert process.admin.hits()["partial"] == 0


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["explode"], 2),
        (["stale"], 1),
        (["stale", "--seconds", "900"], 1),
        (["stale", "--seconds", "9", "--after"], 2),
        (["stale", "--cut", "after"], 2),
        (["--status", "500", "--cut", "after"], 1),
        (["empty", "--path", "re:("], 1),
        ([], 2),
    ],
)
def test_a_wrong_fault_is_a_sentence(process: Running, words: list[str], status: int) -> None:
    ctl(process, "fault", *words, status=status)
    assert process.admin.rules() == []


def test_the_admin_api_says_what_is_wrong_with_a_rule(process: Running) -> None:
    with pytest.raises(AdminError, match=r"^a rule of kind stale needs seconds$"):
        process.admin.rule("stale")


def test_ctl_settings_and_roles(process: Running, tmp_path: Path) -> None:
    (changed,) = ctl(process, "set", "page_size=3", "start_latency={median: 4, sigma: 0.5}", "images={a/*: {run: 3}}")
    assert (changed["page_size"], changed["start_latency"]) == (3, {"median": 4.0, "sigma": 0.5})
    assert changed["images"]["a/*"]["run"] == 3
    ctl(process, "set", "page_size=many", status=1)
    ctl(process, "set", "page_size", status=2)
    role = tmp_path / "role.json"
    role.write_text(json.dumps({"Name": "r", "Actions": ["*"], "NotActions": [], "AssignableScopes": ["/"]}))
    assert ctl(process, "role", str(role)) == []
    role.write_text("{")
    ctl(process, "role", str(role), status=1)


def test_ctl_tells_which_settings_hold(process: Running) -> None:
    (settings,) = ctl(process, "settings")
    assert (settings["resource_groups"], settings["variants"]["list_order"]) == (["rg@westeurope"], "creation")


def test_ctl_requests(process: Running) -> None:
    start = time.time()
    url = f"{process.endpoint}/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01"
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(url, context=ssl.create_default_context(cafile=str(process.ca)), timeout=10)
    (line,) = ctl(process, "requests", "--since", repr(start))
    assert (line["method"], line["path"], line["status"]) == ("GET", f"/subscriptions/{SUBSCRIPTION}", 401)
    assert ctl(process, "requests", "--since", line["time"]) == [line]
    assert ctl(process, "requests", "--since", "2999-01-01") == []
    ctl(process, "requests", "--since", "yesterday", status=2)


@pytest.mark.parametrize(
    ("command", "body"),
    [("kill", "[" * 100_000), ("kill", "[1]"), ("exit", '{"group": "g", "code": 1e400}'), ("set", "")],
)
def test_a_wrong_admin_request_is_a_sentence(process: Running, command: str, body: str) -> None:
    url = f"{process.endpoint}/_emulator/{command}"
    context = ssl.create_default_context(cafile=str(process.ca))
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url, body.encode(), timeout=10, context=context)
    assert error.value.code in {400, 404}
    assert json.load(error.value)["error"]["message"]
