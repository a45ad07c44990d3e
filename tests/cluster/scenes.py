"""One system for one test: what it can do to it, and what it can see of it."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aci_emulator.admin.client import Client

from devcluster.cluster import ControlPlane
from devcluster.system import names
from devcluster.system.emulator import Emulator
from devcluster.system.operator import Operator
from devcluster.waiting import wait_until
from tests.cluster.audit import OPERATOR, AuditLog, Request
from tests.cluster.kubectl import Kubectl, Manifest

SHORT: Final = {
    "LEASE_DURATION": 6,
    "LEASE_RENEW_EVERY": 1,
    "WRITE_WINDOW": 3,
    "GHOST_WINDOW": 3,
    "POLL": 0.5,
    "LIST_BUSY": 0.5,
    "LIST_QUIET": 1,
    "HEALTH_TURN": 3,
    "RESYNC": 5,
}
"""Durations of the operator, in seconds, that let a test take seconds."""

TAG: Final = "acioperator.dev_"
FINALIZER: Final = "acioperator.dev/azure"
PLANTED: Final = Path(__file__).resolve().parent / "planted"

Group = dict[str, Any]


def variables(settings: Mapping[str, object]) -> dict[str, str]:
    """Settings as the operator reads them from its environment."""
    return {f"ACI_OPERATOR_{name}": str(value) for name, value in settings.items()}


def service(name: str = "web", replicas: int = 3, **spec: Any) -> Manifest:
    """A small AciService."""
    resources = {"requests": {"cpu": "0.1", "memory": "100M"}}
    container = {"name": "web", "image": "example.azurecr.io/web:1", "ports": [{"containerPort": 80}]}
    return {
        "apiVersion": "acioperator.dev/v1alpha1",
        "kind": "AciService",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "resourceGroup": names.RESOURCE_GROUP,
            "placements": [{"location": names.LOCATION}],
            "template": {"spec": {"containers": [{**container, "resources": resources}]}},
            **spec,
        },
    }


def bare(name: str) -> Manifest:
    """A group that a user writes alone, with the name of one that is there already."""
    template = service()["spec"]["template"]["spec"]
    return {
        "apiVersion": "acioperator.dev/v1alpha1",
        "kind": "AciContainerGroup",
        "metadata": {"name": name},
        "spec": {
            "subscriptionId": names.SUBSCRIPTION,
            "resourceGroup": names.RESOURCE_GROUP,
            "location": names.LOCATION,
            "template": template,
        },
    }


def condition(manifest: Manifest, kind: str) -> Manifest:
    """A condition of an object; empty when it has none of that type."""
    found: list[Manifest] = manifest.get("status", {}).get("conditions", [])
    return next((each for each in found if each["type"] == kind), {})


def is_ready(manifest: Manifest) -> bool:
    """Whether an object is Ready by its present spec."""
    ready = condition(manifest, "Ready")
    current = ready.get("observedGeneration") == manifest["metadata"]["generation"]
    return current and ready.get("status") == "True"


@dataclass
class Scene:
    """An empty namespace, an emulator that runs, and an operator that does not run yet."""

    kubectl: Kubectl
    emulator: Emulator
    operator: Operator
    audit: AuditLog
    planted: str = ""
    patience: float = 60
    """Seconds that a wait may take."""

    @property
    def cluster(self) -> ControlPlane:
        return self.operator.control_plane

    @property
    def azure(self) -> Client:
        """The emulator's admin API."""
        return Client(self.emulator.endpoint, self.emulator.ca)

    @property
    def cluster_id(self) -> str:
        return str(json.loads(self.cluster.kubectl("get", "namespace", "kube-system", "-o", "json"))["metadata"]["uid"])

    @property
    def log(self) -> str:
        """What the operator has written so far."""
        return self.operator.run.log(self.operator.name).read_text()

    def start(self, *flags: str, wait: bool = True, **settings: object) -> None:
        """Start the operator with short durations, and with the planted bug if there is one."""
        environment = {**variables({**SHORT, **settings}), **self.bug()}
        self.operator.start(*flags, environment=environment, wait=wait)
        if self.planted and wait:
            assert f"planted: {self.planted}" in self.log

    def bug(self) -> dict[str, str]:
        """The environment that plants the bug."""
        if not self.planted:
            return {}
        path = os.pathsep.join(filter(None, (str(PLANTED), os.environ.get("PYTHONPATH"))))
        return {"PYTHONPATH": path, "PLANTED": self.planted}

    def kill(self) -> None:
        """End the operator by SIGKILL, and take its Lease away: it is known to be dead."""
        self.operator.kill()
        self.cluster.kubectl("delete", "leases", "--all", "--namespace", names.NAMESPACE)

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.operator.start_again()

    # What there is

    def groups(self, service: str = "") -> list[Group]:
        """The container groups in Azure, of one service or all."""
        return [each for each in self.azure.groups() if not service or each["tags"].get(f"{TAG}service") == service]

    def group_names(self, service: str = "") -> set[str]:
        return {group["name"] for group in self.groups(service)}

    def object_names(self) -> set[str]:
        return {each["metadata"]["name"] for each in self.kubectl.items("acicontainergroups")}

    def requests(self, operation: str = "") -> list[Group]:
        """What Azure was asked, of one operation (such as `containerGroups/write`) or all."""
        return [each for each in self.azure.requests() if not operation or each["operation"] == operation]

    def arm_writes(self) -> list[Group]:
        return [each for each in self.requests() if each["method"] != "GET" and each["operation"] != "token"]

    def puts(self) -> Counter[str]:
        """How often each group was PUT, whatever came of it."""
        return Counter(each["path"].rsplit("/", 1)[1] for each in self.requests("containerGroups/write"))

    def peak(self, service: str) -> int:
        """The most groups of a service that were alive at once."""
        return int(self.azure.call("GET", "peak", tag=f"{TAG}service={service}")[0]["peak"])

    def writes(self, since: int) -> list[Request]:
        """The operator's writes to the API server, the Lease's left out."""
        return [each for each in self.audit.writes(since, user=OPERATOR) if each.resource != "leases"]

    def reasons(self, kind: str, name: str) -> set[str]:
        """The reasons of the Events about an object."""
        about = f"involvedObject.kind={kind},involvedObject.name={name}"
        return {event["reason"] for event in self.kubectl.items("events", fieldSelector=about)}

    # Waiting

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds. Raises AssertionError."""
        try:
            wait_until(holds, what, seconds=self.patience)
        except TimeoutError as error:
            raise AssertionError(str(error)) from None

    def wait_ready(self, name: str = "web") -> Manifest:
        return self.kubectl.wait("acis", name, is_ready, seconds=self.patience)

    def wait_stalled(self, kind: str, name: str, reason: str) -> str:
        """Wait for Stalled with a reason; gives the message."""

        def stalled(found: Manifest) -> bool:
            told = condition(found, "Stalled")
            return told.get("status") == "True" and told.get("reason") == reason

        return str(condition(self.kubectl.wait(kind, name, stalled, seconds=self.patience), "Stalled")["message"])

    def wait_count(self, count: int) -> None:
        """Wait until there are just so many groups, and as many objects."""
        self.wait(lambda: len(self.object_names()) == len(self.groups()) == count, f"{count} groups and objects")

    def wait_held(self) -> list[Group]:
        """Wait until the emulator holds a request."""
        self.wait(lambda: bool(self.azure.held()), "a held request")
        return self.azure.held()

    # What must hold

    def check(self, name: str = "web", replicas: int = 3) -> Manifest:
        """Wait for Ready; then there is exactly what was asked for, and none of it was ever sent twice."""
        found = self.wait_ready(name)
        groups = self.groups(name)
        ips = found["status"].get("ips", [])
        assert len(groups) == len(set(ips)) == len(ips) == replicas, (groups, found["status"])
        assert {group["ip"] for group in groups} == set(ips)
        assert {group["name"] for group in groups} <= self.object_names()
        assert {group["puts"] for group in groups} <= {1}, groups
        assert {group["starts"] for group in groups} <= {1}, groups
        return found

    def check_nothing_left(self) -> None:
        """Wait until there is no object; then there is no group either."""
        for kind in ("aciservices", "acicontainergroups"):
            self.wait(lambda kind=kind: not self.kubectl.items(kind), f"the end of all {kind}")  # type: ignore[misc]
        assert self.groups() == []

    def check_log(self) -> None:
        """Whatever was asked of the operator, it never lost its way."""
        assert "Traceback" not in self.log, self.log
        assert "unexpected failure" not in self.log, self.log
