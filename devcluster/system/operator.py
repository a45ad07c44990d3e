"""The operator as a process, outside the cluster, with the rights of its ServiceAccount and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devcluster.certificates import write_private
from devcluster.cluster import ControlPlane
from devcluster.components import HOST, free_port
from devcluster.processes import Run
from devcluster.system import names
from devcluster.system.emulator import Emulator
from devcluster.waiting import answers_ok

NAME = "operator"
SHORT_LEASE = {  # seconds, so that nobody waits a minute for an operator to follow a killed one
    "ACI_OPERATOR_LEASE_DURATION": "12",
    "ACI_OPERATOR_LEASE_RENEW_EVERY": "2",
    "ACI_OPERATOR_WRITE_WINDOW": "6",
}


@dataclass(frozen=True)
class Operator:
    """The operator of one run. Several can run at once on one control plane, each under a name of its own."""

    run: Run
    control_plane: ControlPlane
    emulator: Emulator
    name: str = NAME

    @property
    def program(self) -> Path:
        """The command that is run."""
        return names.SCRIPTS / "aci-operator"

    @property
    def kubeconfig(self) -> Path:
        """With the token of its ServiceAccount."""
        return self.run.directory / f"{self.name}.kubeconfig"

    @property
    def azure_token(self) -> Path:
        """The ServiceAccount token that it shows to Azure."""
        return self.run.directory / "azure-token"

    @property
    def url(self) -> str:
        """Where it answers /healthz, /readyz and /metrics."""
        return f"http://{self._address_file.read_text().strip()}"

    def start(self, *flags: str, environment: Mapping[str, str] | None = None, wait: bool = True) -> None:
        """Start it.

        Args:
            flags: further ones of `aci-operator run`.
            environment: settings that differ from ours.
            wait: until it is ready; without, it has just begun.

        Raises:
            ProcessFailed: it ended, or was not ready in time.
        """
        self.write_tokens()
        address = f"{HOST}:{free_port()}"
        self._address_file.write_text(f"{address}\n")
        command: list[str | Path] = [
            *(self.program, "run"),
            *("--kubeconfig", self.kubeconfig, "--azure-endpoint", self.emulator.endpoint),
            *("--listen", address, "--log-format", "text"),
            *flags,
        ]
        self.run.start(self.name, command, {**self.environment(), **SHORT_LEASE, **(environment or {})})
        if wait:
            self.wait_ready()

    def start_again(self) -> None:
        """Start it with the flags and settings of its last start, and wait until it is ready."""
        self.run.start_again(self.name)
        self.wait_ready()

    def stop(self) -> None:
        """End it in good order, so that it gives back its Lease."""
        self.run.stop(self.name)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.run.kill(self.name)

    def ready(self) -> bool:
        """Tell what /readyz says."""
        return answers_ok(f"{self.url}/readyz")

    def wait_ready(self) -> None:
        """Return when /readyz says yes.

        Raises:
            ProcessFailed: it ended, or was not ready in time.
        """
        self.run.wait_ready(self.name, self.ready)

    def environment(self) -> dict[str, str]:
        """Return who the operator is in Azure, by the variables of azure-identity."""
        return {
            "AZURE_AUTHORITY_HOST": self.emulator.endpoint,
            "AZURE_TENANT_ID": names.TENANT,
            "AZURE_CLIENT_ID": names.CLIENT,
            "AZURE_FEDERATED_TOKEN_FILE": str(self.azure_token),
            "AZURE_SUBSCRIPTION_ID": names.SUBSCRIPTION,
            "ACI_OPERATOR_SUBSCRIPTION_ID": names.SUBSCRIPTION,
            **self.emulator.environment(),
        }

    def write_tokens(self) -> None:
        """Get tokens for the operator's ServiceAccount: for the API server and for Azure, good for 24 hours."""
        account = (names.NAMESPACE, names.SERVICE_ACCOUNT)
        self.control_plane.service_account_kubeconfig(self.kubeconfig, *account)
        token = self.control_plane.token(*account, audience=names.AUDIENCE)
        write_private(self.azure_token, token.encode())

    @property
    def _address_file(self) -> Path:
        return self.run.directory / f"{self.name}.address"
