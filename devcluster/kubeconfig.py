"""Kubeconfig files."""

import base64
from pathlib import Path

import yaml

from devcluster.certificates import Certificate, write_private


def with_certificate(path: Path, *, server: str, ca: bytes, certificate: Certificate) -> None:
    """Write a kubeconfig for the user that a client certificate names."""
    user = {
        "client-certificate-data": _encoded(certificate.certificate),
        "client-key-data": _encoded(certificate.key),
    }
    _write(path, server, ca, user)


def with_token(path: Path, *, server: str, ca: bytes, token: str) -> None:
    """Write a kubeconfig for the user that a bearer token names."""
    _write(path, server, ca, {"token": token})


def _write(path: Path, server: str, ca: bytes, user: dict[str, str]) -> None:
    name = "devcluster"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": _encoded(ca)}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    write_private(path, yaml.safe_dump(config, sort_keys=False).encode())


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
