"""Start an emulator from a test: in a thread, or as a process of its own; and sign assertions for it."""

import asyncio
import contextlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from aci_emulator.admin.client import Client
from aci_emulator.front.entra import AUDIENCE
from aci_emulator.serve import certificates
from aci_emulator.serve.server import Config, serve

ISSUER = "https://kubernetes.default.svc"
PATIENCE = 20.0
"""Seconds until a start is given up."""


@dataclass(frozen=True)
class Running:
    """An emulator that answers.

    Attributes:
        endpoint: base address of ARM and authority host of Entra, like https://127.0.0.1:1234.
        ca: file of the certificate authority to trust.
        process: the process, when it is one.
    """

    endpoint: str
    ca: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def admin(self) -> Client:
        """A client of the admin API."""
        return Client(self.endpoint, self.ca)

    def environment(self, *, tenant: str, client_id: str, token_file: Path) -> dict[str, str]:
        """What azure-identity, both HTTP libraries and `aci-emulator ctl` read from the environment."""
        return {
            "AZURE_AUTHORITY_HOST": f"{self.endpoint}/",
            "AZURE_TENANT_ID": tenant,
            "AZURE_CLIENT_ID": client_id,
            "AZURE_FEDERATED_TOKEN_FILE": str(token_file),
            "SSL_CERT_FILE": str(self.ca),
            "REQUESTS_CA_BUNDLE": str(self.ca),
            "ACI_EMULATOR_ENDPOINT": self.endpoint,
        }


@dataclass
class Signer:
    """Stands in for the cluster that signs service-account tokens."""

    issuer: str = ISSUER
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def write_public_key(self, path: Path) -> Path:
        """Write what `--issuer-keys` reads."""
        encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        path.write_bytes(self.key.public_key().public_bytes(encoding, form))
        return path

    def token(self, subject: str, *, audience: str = AUDIENCE, seconds: float = 3600, at: float | None = None) -> str:
        """A token of a service account that is good for so many seconds from `at` (now by default)."""
        start = time.time() if at is None else at
        claims = {
            "iss": self.issuer,
            "sub": subject,
            "aud": [audience],
            "iat": int(start),
            "nbf": int(start),
            "exp": int(start + seconds),
        }
        return jwt.encode(claims, self.key, algorithm="RS256")


@contextlib.contextmanager
def in_thread(config: Config) -> Iterator[Running]:
    """Serve from a thread of this process while the context is open.

    Raises:
        Exception: whatever kept it from starting.
    """
    started: queue.Queue[str | BaseException] = queue.Queue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        try:
            loop.run_until_complete(serve(config, stop, started.put))
        except BaseException as error:  # noqa: BLE001 it is raised again, in the thread that waits
            started.put(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="aci-emulator", daemon=True)
    thread.start()
    first = started.get(timeout=PATIENCE)
    if isinstance(first, BaseException):
        thread.join()
        raise first
    try:
        yield Running(first, config.folder / certificates.CA)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=PATIENCE)


@contextlib.contextmanager
def as_process(
    folder: Path, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run `aci-emulator serve --dir FOLDER ARGUMENTS...` while the context is open; its log is FOLDER/emulator.log.

    It ends with this process at the latest, however that ends.

    Raises:
        RuntimeError: it ended, or did not listen in time; the text has the end of its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    endpoint_file, log_file = folder / "endpoint", folder / "emulator.log"
    endpoint_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "aci_emulator", "serve", "--dir", str(folder), "--end-with-stdin", *arguments]
    with log_file.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 our own program
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not endpoint_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the emulator did not start: {log_file.read_text()[-2000:]}")
            time.sleep(0.02)
        yield Running(endpoint_file.read_text().strip(), folder / certificates.CA, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
