"""The command lines of the control plane's programs, and what they serve."""

import random
import socket
from dataclasses import dataclass
from pathlib import Path

from devcluster.binaries import Binaries

HOST = "127.0.0.1"
ISSUER = "https://kubernetes.default.svc"
AUDIT_POLICY = Path(__file__).resolve().parent / "audit-policy.yaml"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, below those that the system gives to outgoing connections."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - not a secret
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port


@dataclass(frozen=True)
class Addresses:
    """Where the programs of one control plane listen."""

    etcd: str
    etcd_peer: str
    apiserver: str
    controller_manager: str

    @staticmethod
    def choose() -> "Addresses":
        """Choose ports that are free."""
        ports: set[int] = set()
        while len(ports) < 4:
            ports.add(free_port())
        etcd, peer, apiserver, controller_manager = ports
        return Addresses(
            f"http://{HOST}:{etcd}",
            f"http://{HOST}:{peer}",
            f"https://{HOST}:{apiserver}",
            f"https://{HOST}:{controller_manager}",
        )


@dataclass(frozen=True)
class Components:
    """The programs of the control plane whose files are in `directory`."""

    binaries: Binaries
    directory: Path
    addresses: Addresses

    def etcd(self) -> list[str | Path]:
        """Return the command of an etcd that does not wait for the disk: its data is thrown away."""
        return [
            self.binaries.etcd,
            *("--data-dir", self.directory / "etcd"),
            *("--listen-client-urls", self.addresses.etcd),
            *("--advertise-client-urls", self.addresses.etcd),
            *("--listen-peer-urls", self.addresses.etcd_peer),
            *("--initial-advertise-peer-urls", self.addresses.etcd_peer),
            *("--initial-cluster", f"default={self.addresses.etcd_peer}"),
            *("--log-level", "warn"),
            "--unsafe-no-fsync",
        ]

    def kube_apiserver(self) -> list[str | Path]:
        """Return the command of an API server that checks rights (RBAC) and writes down each request."""
        pki = self.directory / "pki"
        return [
            self.binaries.kube_apiserver,
            *("--etcd-servers", self.addresses.etcd),
            *("--bind-address", HOST, "--advertise-address", HOST),
            *("--secure-port", _port(self.addresses.apiserver)),
            *("--tls-cert-file", pki / "kube-apiserver.crt"),
            *("--tls-private-key-file", pki / "kube-apiserver.key"),
            *("--client-ca-file", pki / "ca.crt"),
            *("--authorization-mode", "RBAC"),
            *("--service-account-issuer", ISSUER),
            *("--service-account-key-file", pki / "sa.pub"),
            *("--service-account-signing-key-file", pki / "sa.key"),
            *("--service-cluster-ip-range", "10.96.0.0/16"),
            *(
                "--endpoint-reconciler-type",
                "none",
            ),  # the Service `kubernetes` would need an address other than loopback
            *("--audit-policy-file", AUDIT_POLICY),
            *("--audit-log-path", self.directory / "audit.log"),
            *("--audit-log-maxsize", "10000"),  # megabytes: readers keep an offset, so it must not be rotated
            *("--max-requests-inflight", "2000"),
            *("--max-mutating-requests-inflight", "1000"),
        ]

    def kube_controller_manager(self) -> list[str | Path]:
        """Return the command of a controller manager with its usual controllers, without leader election."""
        pki = self.directory / "pki"
        return [
            self.binaries.kube_controller_manager,
            *("--kubeconfig", pki / "controller-manager.kubeconfig"),
            *("--bind-address", HOST),
            *("--secure-port", _port(self.addresses.controller_manager)),
            *("--tls-cert-file", pki / "kube-controller-manager.crt"),
            *("--tls-private-key-file", pki / "kube-controller-manager.key"),
            *("--service-account-private-key-file", pki / "sa.key"),
            *("--root-ca-file", pki / "ca.crt"),
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            *(
                "--kube-api-qps",
                "500",
                "--kube-api-burst",
                "1000",
            ),  # with the default its controllers take 5 s to start
            *("--flex-volume-plugin-dir", self.directory / "flexvolume"),  # else it makes a folder in the system's
            *("--horizontal-pod-autoscaler-sync-period", "5s"),
        ]


def _port(url: str) -> str:
    return url.rsplit(":", 1)[1]
