"""Control plane, emulator and operator together."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from devcluster import cluster
from devcluster.binaries import Binaries
from devcluster.cluster import ControlPlane
from devcluster.processes import Run
from devcluster.shell import exports
from devcluster.system import emulator, names, operator
from devcluster.system.emulator import Emulator
from devcluster.system.operator import Operator

NAMES = (*cluster.NAMES, emulator.NAME, operator.NAME)
QUICK = ("--set", "start_latency=[1.0, 3.0]")
"""Azure takes 15 to 33 s to start a group. What the operator does is the same; nobody wants to watch the difference."""


def install(control_plane: ControlPlane) -> None:
    """Install the CRDs, and the operator's namespace, ServiceAccount and rights; returns when they are in force."""
    control_plane.kubectl("apply", "--server-side", "-f", names.CRDS)
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", names.CRDS)
    control_plane.kubectl("apply", "--server-side", "-k", names.MANIFESTS / "access")


@dataclass(frozen=True)
class System:
    """All processes of a run."""

    run: Run
    binaries: Binaries

    @cached_property
    def control_plane(self) -> ControlPlane:
        """The cluster."""
        return ControlPlane(self.run, self.binaries)

    @cached_property
    def emulator(self) -> Emulator:
        """The emulator of Azure."""
        return Emulator(self.run, self.control_plane.issuer_keys)

    @cached_property
    def operator(self) -> Operator:
        """The operator."""
        return Operator(self.run, self.control_plane, self.emulator)

    @property
    def environment_file(self) -> Path:
        """A file for a shell to source."""
        return self.run.directory / "env"

    def start(self) -> None:
        """Start everything and write the environment file; returns when all of it is ready.

        Raises:
            ProcessFailed: a process ended or was not ready in time.
            KubectlFailed: the CRDs or the rights could not be installed.
        """
        self.control_plane.start()
        install(self.control_plane)
        self.emulator.start(*QUICK)
        self.operator.start()
        self.environment_file.write_text(exports(self.environment(), self.programs))

    @property
    def programs(self) -> list[Path]:
        """The folders in which kubectl, aci-operator and aci-emulator are."""
        return [self.binaries.kubectl.parent, names.SCRIPTS]

    def environment(self) -> dict[str, str]:
        """Return what a shell needs: kubectl as admin, and the operator's identity in Azure."""
        return {**self.control_plane.environment(), **self.operator.environment()}
