"""Every operation of the real SDK: stable and preview, synchronous and asynchronous, long-running ones to their end."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from . import tour
from .conftest import CLIENT, SUBJECT, SUBSCRIPTION, TENANT, Sdk, Site

LOCK = Path(__file__).parent / "preview.lock"


def check(results: tour.Results, known: set[str]) -> None:
    """What one tour must have given."""
    assert set(results) == known == {step.operation for step in tour.STORY}
    created, last = (results[f"container_groups.{name}"] for name in ("begin_create_or_update", "begin_delete"))
    for group in (created, results["container_groups.get"], last):
        assert group["properties"]["provisioningState"] == "Succeeded"
        assert group["properties"]["instanceView"]["state"] == "Running"
    assert results["container_groups.get"]["properties"]["ipAddress"]["ip"] != created["properties"]["ipAddress"]["ip"]
    assert results["container_groups.update"]["tags"] == last["tags"] == {"tour": "yes"}
    assert created["id"] in [item["id"] for item in results["container_groups.list"]]
    assert [item["name"] for item in results["container_groups.list_by_resource_group"]] == ["g"]
    assert results["containers.list_logs"] == {"content": "three\n"}
    for opened in ("execute_command", "attach"):
        assert results[f"containers.{opened}"]["webSocketUri"].startswith("wss://")
        assert results[f"containers.{opened}"]["password"]
    outbound = results["container_groups.get_outbound_network_dependencies_endpoints"]
    assert all(isinstance(item, str) for item in outbound)
    assert "ContainerGroups" in [item["name"]["value"] for item in results["location.list_usage"]]
    assert {item["ipAddressType"] for item in results["location.list_capabilities"]} >= {"Public"}
    assert all(item["image"] for item in results["location.list_cached_images"])
    assert "Microsoft.ContainerInstance/containerGroups/write" in [item["name"] for item in results["operations.list"]]
    for nothing in ("begin_restart", "stop", "begin_start"):
        assert results[f"container_groups.{nothing}"] is None
    assert results["subnet_service_association_link.begin_delete"] is None


def test_the_stable_sdk(aci: Sdk, resource_group: str) -> None:
    check(tour.tour(aci, resource_group), tour.known(aci))


async def test_the_stable_sdk_asynchronously(aio_aci: Sdk, resource_group: str) -> None:
    check(await tour.aio_tour(aio_aci, resource_group), tour.known(aio_aci))


@pytest.fixture(scope="session")
def preview() -> Path:
    """A folder with the preview of the SDK, which cannot be in one environment with the stable version.

    It is installed once for each content of its lock file.
    """
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder = Path(sys.prefix) / "preview" / digest
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
            subprocess.run([*pip, "--target", f"{temporary}/installed", "--requirement", LOCK], check=True)
            Path(temporary, "installed").rename(folder)
    return folder


def test_the_preview_of_the_sdk(preview: Path, site: Site, resource_group: str) -> None:
    environment = {
        **os.environ,
        **site.running.environment(tenant=TENANT, client_id=CLIENT, token_file=site.token_file(SUBJECT)),
        "PYTHONPATH": str(preview),
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
        "RESOURCE_GROUP": resource_group,
    }
    command = [sys.executable, "-m", "tests.tour"]
    done = subprocess.run(command, cwd=LOCK.parent.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["version"] == "10.2.0b2"
    for client in ("sync", "aio"):
        check(found[client], set(found["known"]))
