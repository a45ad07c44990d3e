"""One control plane for the session; for each test that asks: a namespace, an emulator, an operator, all its own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcluster.binaries import Binaries
from devcluster.cluster import ControlPlane
from devcluster.guard import Guard
from devcluster.processes import Run
from devcluster.system import names
from devcluster.system.emulator import Emulator
from devcluster.system.operator import Operator
from devcluster.system.system import QUICK, install
from devcluster.waiting import wait_until
from tests.cluster.audit import AuditLog
from tests.cluster.direct import write
from tests.cluster.kubectl import Kubectl
from tests.cluster.relay import Relay, RelayedOperator
from tests.cluster.scenes import Scene


@pytest.fixture(scope="session")
def binaries(pytestconfig: pytest.Config) -> Binaries:
    """The programs of the control plane, built now if there are none; that is told on the terminal."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return Binaries.find(lambda line: print(line, flush=True))  # noqa: T201


@pytest.fixture(scope="session")
def control_plane(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Runs, and is empty. It ends with the session, however that ends."""
    run = Run(tmp_path_factory.mktemp("control-plane").resolve())
    with Guard(run):
        control_plane = ControlPlane(run, binaries)
        control_plane.start()
        yield control_plane


@pytest.fixture(scope="session")
def cluster(control_plane: ControlPlane) -> ControlPlane:
    """The control plane with the CRDs and with the operator's ServiceAccount and rights.

    Kubernetes' garbage collector looks for new kinds every 30 s; one that starts knows all that are there.
    """
    install(control_plane)
    control_plane.run.kill("kube-controller-manager")
    control_plane.run.start_again("kube-controller-manager")
    return control_plane


@pytest.fixture
def audit_log(cluster: ControlPlane) -> AuditLog:
    """What the API server wrote down."""
    return AuditLog(cluster.audit_log)


@pytest.fixture
def namespace(cluster: ControlPlane) -> Iterator[str]:
    """A namespace for one test. What is left in it afterwards is gone before the next test begins."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    write(cluster.admin, "POST", "", "namespaces", body={"metadata": {"name": name}})
    yield name
    kubectl = Kubectl(cluster, name)
    for kind in ("aciservices", "acicontainergroups"):
        for leftover in kubectl.items(kind):
            unheld = {"metadata": {"finalizers": None}}
            write(cluster.admin, "PATCH", name, kind, leftover["metadata"]["name"], unheld)
        write(cluster.admin, "DELETE", name, kind)
        wait_until(lambda kind=kind: not kubectl.items(kind), f"the end of all {kind}", seconds=60)  # type: ignore[misc]
    write(cluster.admin, "DELETE", "", "namespaces", name)
    # A killed operator could not give it back, and the next one would wait for its end.
    write(cluster.admin, "DELETE", names.NAMESPACE, "leases")


@pytest.fixture
def kubectl(cluster: ControlPlane, namespace: str) -> Kubectl:
    """kubectl in the test's namespace."""
    return Kubectl(cluster, namespace)


@pytest.fixture
def run(namespace: str, tmp_path: Path) -> Iterator[Run]:  # noqa: ARG001 - ends before the namespace is cleared
    """A folder for processes of one test; they end with it."""
    run = Run(tmp_path.resolve())
    with Guard(run):
        yield run


@pytest.fixture
def emulator(run: Run, cluster: ControlPlane) -> Emulator:
    """An emulator that runs: an empty subscription with one resource group, groups that start in 1 to 3 seconds."""
    emulator = Emulator(run, cluster.issuer_keys)
    emulator.start(*QUICK)
    return emulator


@pytest.fixture
def operator(run: Run, cluster: ControlPlane, emulator: Emulator) -> Operator:
    """An operator that does not run yet: `operator.start(...)`, with flags and settings if need be."""
    return Operator(run, cluster, emulator)


@pytest.fixture
def scene(kubectl: Kubectl, emulator: Emulator, operator: Operator, audit_log: AuditLog) -> Scene:
    """A whole system whose operator does not run yet, and whose groups start in less than a second."""
    scene = Scene(kubectl, emulator, operator, audit_log)
    scene.azure.change(start_latency=[0.2, 0.8])
    return scene


@pytest.fixture
def relay(run: Run, cluster: ControlPlane) -> Iterator[Relay]:  # noqa: ARG001 - it outlives the processes
    """Something between operator and API server that can stop a request."""
    with Relay(cluster.server, cluster.run.directory / "pki" / "ca.crt") as relay:
        yield relay


@pytest.fixture
def relayed(scene: Scene, relay: Relay) -> Scene:
    """The same with an operator that reaches the API server through the relay."""
    operator = scene.operator
    scene.operator = RelayedOperator(operator.run, operator.control_plane, operator.emulator, relay=relay)
    return scene
