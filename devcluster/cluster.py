"""A control plane in a folder: etcd, kube-apiserver and kube-controller-manager on 127.0.0.1, RBAC on, audit log on."""

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from devcluster import kubeconfig
from devcluster.binaries import Binaries
from devcluster.certificates import Authority, service_account_keys, write_private
from devcluster.components import HOST, ISSUER, Addresses, Components
from devcluster.processes import Run
from devcluster.waiting import answers_ok

NAMES = ("etcd", "kube-apiserver", "kube-controller-manager")


class KubectlFailed(Exception):
    """Kubectl ended with an error; the message is what it printed."""


@dataclass(frozen=True)
class ControlPlane:
    """The control plane of one run. The folder of the run holds pid files, logs, `audit.log`, keys and kubeconfigs."""

    run: Run
    binaries: Binaries

    @property
    def admin(self) -> Path:
        """The kubeconfig of a user who may do everything."""
        return self.run.directory / "admin.kubeconfig"

    @property
    def issuer_keys(self) -> Path:
        """The public key (PEM) that proves ServiceAccount tokens of this cluster."""
        return self._pki / "sa.pub"

    @property
    def audit_log(self) -> Path:
        """One JSON object a line for each request, without bodies."""
        return self.run.directory / "audit.log"

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self._addresses.apiserver

    @property
    def etcd(self) -> str:
        """The URL of etcd, which takes anything from anybody on this machine."""
        return self._addresses.etcd

    def start(self) -> None:
        """Start everything from an empty etcd; returns when all of it is healthy.

        Raises:
            ProcessFailed: one of the programs ended early or was not healthy in time.
        """
        shutil.rmtree(self._pki, ignore_errors=True)
        shutil.rmtree(self.run.directory / "etcd", ignore_errors=True)
        self._pki.mkdir(mode=0o700)
        addresses = Addresses.choose()
        self._addresses_file.write_text(json.dumps(asdict(addresses)))
        self._make_keys(addresses)
        components = Components(self.binaries, self.run.directory, addresses)
        self.run.start("etcd", components.etcd())
        self.run.wait_ready("etcd", lambda: answers_ok(f"{addresses.etcd}/health"))
        self.run.start("kube-apiserver", components.kube_apiserver())
        self._wait_healthy("kube-apiserver", f"{addresses.apiserver}/readyz")
        self.run.start("kube-controller-manager", components.kube_controller_manager())
        self._wait_healthy("kube-controller-manager", f"{addresses.controller_manager}/healthz")
        self.run.wait_ready("kube-controller-manager", self._controllers_run)

    def restart_apiserver(self) -> None:
        """Start the API server again after it was stopped or killed, on its old port; returns when it is ready."""
        self.run.start_again("kube-apiserver")
        self._wait_healthy("kube-apiserver", f"{self.server}/readyz")

    def kubectl(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """Run kubectl as admin and return what it printed.

        Raises:
            KubectlFailed: it ended with an error.
        """
        done = subprocess.run(
            [self.binaries.kubectl, "--kubeconfig", self.admin, *arguments],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise KubectlFailed(f"kubectl {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def token(self, namespace: str, service_account: str, *, audience: str = ISSUER, hours: int = 24) -> str:
        """Ask the API server (TokenRequest) for a token of a ServiceAccount."""
        return self.kubectl(
            *("create", "token", service_account, "--namespace", namespace),
            *("--audience", audience, "--duration", f"{hours}h"),
        ).strip()

    def service_account_kubeconfig(self, path: Path, namespace: str, service_account: str) -> None:
        """Write a kubeconfig that acts as a ServiceAccount, with a token for 24 hours."""
        token = self.token(namespace, service_account)
        kubeconfig.with_token(path, server=self.server, ca=self._ca.read_bytes(), token=token)

    def environment(self) -> dict[str, str]:
        """Return what kubectl needs to use this cluster as admin."""
        return {"KUBECONFIG": str(self.admin)}

    @property
    def _pki(self) -> Path:
        return self.run.directory / "pki"

    @property
    def _ca(self) -> Path:
        return self._pki / "ca.crt"

    @property
    def _addresses_file(self) -> Path:
        return self.run.directory / "addresses.json"

    @property
    def _addresses(self) -> Addresses:
        return Addresses(**json.loads(self._addresses_file.read_text()))

    def _wait_healthy(self, name: str, url: str) -> None:
        self.run.wait_ready(name, lambda: answers_ok(url, self._ca))

    def _controllers_run(self) -> bool:
        try:
            self.kubectl("get", "serviceaccount", "default", "--namespace", "default")  # made by one of them
        except KubectlFailed:
            return False
        return True

    def _make_keys(self, addresses: Addresses) -> None:
        authority = Authority()
        self._ca.write_bytes(authority.certificate)
        private, public = service_account_keys()
        write_private(self._pki / "sa.key", private)
        self.issuer_keys.write_bytes(public)
        dns_names = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
        for server in ("kube-apiserver", "kube-controller-manager"):
            authority.server(server, dns_names=dns_names, addresses=(HOST, "10.96.0.1")).write(self._pki, server)
        clients = {
            self.admin: authority.client("admin", group="system:masters"),
            self._pki / "controller-manager.kubeconfig": authority.client("system:kube-controller-manager"),
        }
        for path, certificate in clients.items():
            kubeconfig.with_certificate(
                path, server=addresses.apiserver, ca=authority.certificate, certificate=certificate
            )
