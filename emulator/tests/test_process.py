"""The program itself: `serve` as a process, `ctl` against it, its end, and its state over a restart."""

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aci_emulator.admin.client import AdminError
from aci_emulator.serve.cli import main
from aci_emulator.serve.server import Config, is_loopback
from aci_emulator.testing import Running, Signer, as_process, in_thread
from azure.core.exceptions import HttpResponseError
from azure.identity import WorkloadIdentityCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from click.testing import CliRunner

from .bodies import model
from .conftest import CLIENT, SUBJECT, SUBSCRIPTION, TENANT, eventually

FAST = ["--set", "start_latency=0", "--set", "restart_latency=0", "--resource-group", "rg@westeurope"]
IDENTITY = ["--tenant", TENANT, "--subscription", SUBSCRIPTION, "--federated", f"{CLIENT}={SUBJECT}"]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with as_process(tmp_path_factory.mktemp("process"), FAST) as running:
        yield running


def ctl(running: Running, *words: str, status: int = 0) -> list[Any]:
    environment = {"ACI_EMULATOR_ENDPOINT": running.endpoint, "SSL_CERT_FILE": str(running.ca)}
    done = CliRunner().invoke(main, ["ctl", *words], env=environment)
    assert done.exit_code == status, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


PARENT = """
import sys, time
from pathlib import Path
from aci_emulator.testing import as_process
with as_process(Path(sys.argv[1])) as running:
    print(running.endpoint, flush=True)
    time.sleep(60)
"""


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        address = urlsplit(parent.stdout.readline().strip())
        parent.kill()
    for _ in range(500):
        try:
            socket.create_connection((address.hostname or "", address.port or 0), timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    pytest.fail("it still listens")


def test_ctl_is_a_program_too(process: Running) -> None:
    environment = {"ACI_EMULATOR_ENDPOINT": process.endpoint, "SSL_CERT_FILE": str(process.ca)}
    command = [sys.executable, "-m", "aci_emulator", "ctl"]
    done = subprocess.run([*command, "held"], env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = subprocess.run([*command, "held"], env={}, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "ACI_EMULATOR_ENDPOINT" in done.stderr


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


def test_the_folder_of_the_state_need_not_be_there(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state.json"
    with as_process(tmp_path, [*FAST, "--state", str(state)]) as running:
        running.admin.place(resource_group="rg", name="g", location="westeurope")
    assert state.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_at_once_with_requests_held(tmp_path: Path, number: signal.Signals) -> None:
    with as_process(tmp_path, FAST) as running:
        running.admin.rule("hold-before", count=None, late=True)
        context = ssl.create_default_context(cafile=str(running.ca))
        idle = socket.create_connection(("127.0.0.1", urlsplit(running.endpoint).port or 0), timeout=10)
        idle = context.wrap_socket(idle, server_hostname="127.0.0.1")
        outcome: list[object] = []

        def ask() -> None:
            try:
                urllib.request.urlopen(f"{running.endpoint}/subscriptions", context=context, timeout=30)
            except OSError as error:
                outcome.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        await eventually(lambda: bool(running.admin.held()), "the request is held")
        assert running.process is not None
        running.process.send_signal(number)
        assert running.process.wait(timeout=5) == 0
        asking.join(timeout=5)
        assert outcome
        idle.close()
    assert "Traceback" not in (tmp_path / "emulator.log").read_text()
    assert not (tmp_path / "endpoint").exists()


def client_of(running: Running, token: Path) -> ContainerInstanceManagementClient:
    credential = WorkloadIdentityCredential(
        tenant_id=TENANT,
        client_id=CLIENT,
        token_file_path=str(token),
        authority=running.endpoint,
        connection_verify=str(running.ca),
    )
    return ContainerInstanceManagementClient(
        credential,
        SUBSCRIPTION,
        base_url=running.endpoint,
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=str(running.ca),
        polling_interval=0.02,
        retry_total=0,
    )


def test_state_keys_role_and_trust_over_a_restart(tmp_path: Path) -> None:
    signer, folder = Signer(), tmp_path / "served"
    token, keys, role = tmp_path / "token", tmp_path / "keys.pem", tmp_path / "role.json"
    token.write_text(signer.token(SUBJECT))
    role.write_text(json.dumps({"Name": "r", "Actions": ["Microsoft.ContainerInstance/*"]}))
    files = ["--state", str(tmp_path / "state.json"), "--issuer", signer.issuer, "--issuer-keys", str(keys)]
    arguments = [*FAST, *IDENTITY, *files, "--role", str(role)]
    with as_process(folder, arguments) as running:
        # The keys come only now, as those of a cluster that starts later.
        signer.write_public_key(keys)
        made = client_of(running, token).container_groups.begin_create_or_update("rg", "kept", model()).result()
        running.admin.place(resource_group="rg", name="gone", location="westeurope")
        running.admin.remove("gone")
        uid = running.admin.groups()[0]["uid"]
        authority = running.ca.read_bytes()
        assert running.process is not None
        running.process.kill()
        running.process.wait()
    with as_process(folder, arguments) as running:
        assert running.ca.read_bytes() == authority
        client = client_of(running, token)
        (kept,) = client.container_groups.list_by_resource_group("rg")
        assert (kept.id, kept.tags) == (made.id, made.tags)
        assert running.admin.groups()[0]["uid"] == uid
        again = client.container_groups.get("rg", "kept")
        assert again.as_dict() == made.as_dict()
        assert client.container_groups.begin_create_or_update("rg", "new", model()).result().name == "new"
        assert len({line["uid"] for line in running.admin.groups()}) == 2
        role.write_text(json.dumps({"Name": "r", "Actions": ["*/read"]}))
        with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
            client.container_groups.begin_delete("rg", "new")


SIGN_IN = """
import asyncio, os
from azure.identity.aio import DefaultAzureCredential
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient

async def main():
    scopes = ["https://management.azure.com/.default"]
    base = os.environ["ACI_EMULATOR_ENDPOINT"]
    async with DefaultAzureCredential() as credential, ContainerInstanceManagementClient(
        credential, os.environ["SUBSCRIPTION"], base_url=base, credential_scopes=scopes
    ) as client:
        print([group.name async for group in client.container_groups.list()])

asyncio.run(main())
"""


def test_the_environment_alone_is_enough_for_a_client(tmp_path: Path) -> None:
    signer, token = Signer(), tmp_path / "token"
    token.write_text(signer.token(SUBJECT))
    keys = signer.write_public_key(tmp_path / "keys.pem")
    arguments = [*FAST, *IDENTITY, "--issuer", signer.issuer, "--issuer-keys", str(keys)]
    with as_process(tmp_path / "served", arguments) as running:
        running.admin.place(resource_group="rg", name="foreign", location="westeurope")
        environment = running.environment(tenant=TENANT, client_id=CLIENT, token_file=token)
        environment |= {"SUBSCRIPTION": SUBSCRIPTION, "AZURE_TOKEN_CREDENTIALS": "workloadidentitycredential"}
        command = [sys.executable, "-c", SIGN_IN]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.returncode) == ("['foreign']\n", 0), done.stderr


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
def test_it_listens_on_ipv6_too(tmp_path: Path) -> None:
    with as_process(tmp_path, [*FAST, "--host", "::1"]) as running:
        assert running.endpoint.startswith("https://[::1]:")
        assert running.admin.groups() == []


@pytest.mark.parametrize("endpoint", ["localhost", "127.0.0.1:1", "https://127.0.0.1:1", "https://[::1"])
def test_an_address_of_no_emulator_is_a_sentence(process: Running, endpoint: str) -> None:
    environment = {"ACI_EMULATOR_ENDPOINT": endpoint, "SSL_CERT_FILE": str(process.ca)}
    done = CliRunner().invoke(main, ["ctl", "groups"], env=environment)
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (1, True)
    assert f"cannot reach the emulator at {endpoint}" in done.stderr


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
