"""The emulator of Azure as a process."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devcluster.components import ISSUER
from devcluster.processes import Run
from devcluster.system import names

NAME = "emulator"


class ControlFailed(Exception):
    """`aci-emulator ctl` ended with an error; the message is what it printed."""


@dataclass(frozen=True)
class Emulator:
    """The emulator of one run; it trusts the ServiceAccount tokens of the cluster whose public key it is given."""

    run: Run
    issuer_keys: Path

    @property
    def directory(self) -> Path:
        """Where it leaves its certificate and its address."""
        return self.run.directory / NAME

    @property
    def ca(self) -> Path:
        """The certificate (PEM) to trust."""
        return self.directory / "ca.pem"

    @property
    def endpoint(self) -> str:
        """Its URL: of ARM and of the Entra ID authority."""
        return (self.directory / "endpoint").read_text().strip()

    def start(self, *flags: str) -> None:
        """Start it with an empty subscription in which the resource group `ai-services` exists.

        Args:
            flags: further ones of `aci-emulator serve`.

        Raises:
            ProcessFailed: it ended or did not listen in time.
        """
        subject = f"system:serviceaccount:{names.NAMESPACE}:{names.SERVICE_ACCOUNT}"
        command: list[str | Path] = [
            *(names.SCRIPTS / "aci-emulator", "serve"),
            *("--host", "127.0.0.1", "--port", "0", "--dir", self.directory),
            *("--subscription", names.SUBSCRIPTION, "--tenant", names.TENANT),
            *("--federated", f"{names.CLIENT}={subject}"),
            *("--issuer", ISSUER, "--issuer-keys", self.issuer_keys, "--audience", names.AUDIENCE),
            *("--role", names.MANIFESTS / "azure" / "role.json"),
            *("--resource-group", f"{names.RESOURCE_GROUP}@{names.LOCATION}"),
            *flags,
        ]
        self._forget_address()
        self.run.start(NAME, command)
        self._wait()

    def start_again(self) -> None:
        """Start it with the flags of its last start, after it was stopped or killed. It may get another port."""
        self._forget_address()
        self.run.start_again(NAME)
        self._wait()

    def control(self, *arguments: str) -> list[dict[str, Any]]:
        """Run `aci-emulator ctl` and return the objects that it printed, one for each line.

        Raises:
            ControlFailed: it ended with an error.
        """
        done = subprocess.run(
            [names.SCRIPTS / "aci-emulator", "ctl", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment()},
        )
        if done.returncode != 0:
            raise ControlFailed(f"aci-emulator ctl {' '.join(arguments)}: {done.stderr.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def environment(self) -> dict[str, str]:
        """Return what a client needs to reach it."""
        return {
            "ACI_EMULATOR_ENDPOINT": self.endpoint,
            "SSL_CERT_FILE": str(self.ca),
            "REQUESTS_CA_BUNDLE": str(self.ca),
            **names.without_proxy(),
        }

    def _forget_address(self) -> None:
        self.directory.mkdir(exist_ok=True)
        (self.directory / "endpoint").unlink(missing_ok=True)

    def _wait(self) -> None:
        self.run.wait_ready(NAME, (self.directory / "endpoint").exists)
