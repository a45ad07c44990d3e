"""Who is who in the system that we start."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CRDS = ROOT / "crds"
MANIFESTS = ROOT / "manifests"
SCRIPTS = Path(sys.executable).parent
"""Where this virtual environment has its commands. Not resolved: python is a link in it."""

TENANT = "22222222-2222-2222-2222-222222222222"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
CLIENT = "33333333-3333-3333-3333-333333333333"
RESOURCE_GROUP = "ai-services"
LOCATION = "westeurope"
AUDIENCE = "api://AzureADTokenExchange"

NAMESPACE = "aci-operator"
SERVICE_ACCOUNT = "aci-operator"


def without_proxy() -> dict[str, str]:
    """Return the environment that keeps clients from asking a proxy for what is on this machine."""
    hosts = [host for host in os.environ.get("NO_PROXY", "").split(",") if host]
    value = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": value, "no_proxy": value}
