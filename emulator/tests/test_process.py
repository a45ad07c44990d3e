"""The program itself: `serve` as a process, its end, and its state over a restart."""

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aci_emulator.testing import Running, Signer, as_process
from azure.core.exceptions import HttpResponseError
from azure.identity import WorkloadIdentityCredential
from azure.mgmt.containerinstance import ContainerInstanceManagementClient

from .bodies import model
from .conftest import CLIENT, FAST, SUBJECT, SUBSCRIPTION, TENANT, eventually

IDENTITY = ["--tenant", TENANT, "--subscription", SUBSCRIPTION, "--federated", f"{CLIENT}={SUBJECT}"]


# -- its end

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


# -- its state


def test_the_folder_of_the_state_need_not_be_there(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state.json"
    with as_process(tmp_path, [*FAST, "--state", str(state)]) as running:
        running.admin.place(resource_group="rg", name="g", location="westeurope")
    assert state.exists()


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


# -- its address

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
