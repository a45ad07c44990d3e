"""Builds the control plane's one binary into a cache outside the source tree, once for each state of its source."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster.golang import BuildFailed, find_go

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
SOURCE = Path(__file__).resolve().parent
BINARY = "kube"

Say = Callable[[str], None]


def cached(say: Say) -> Path:
    """Return a folder with the programs, built now if it is not there.

    Raises:
        BuildFailed: no Go could be had, or the build did not work.
    """
    cache = cache_folder()
    folder = cache / _key()
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with _lock(cache / "build.lock", say):
            if not folder.exists():  # another one may have built it while we waited
                _build(cache, folder, say)
    return folder


def cache_folder() -> Path:
    """Return the folder that holds what is built, and Go where the machine has none."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "aci-operator" / "devcluster"


def kubernetes_version() -> str:
    """Return the version that go.mod asks for, such as v1.37.2."""
    found = re.search(r"^\s*k8s\.io/kubernetes (v\S+)$", (SOURCE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise BuildFailed("devcluster/go.mod does not ask for k8s.io/kubernetes")
    return found.group(1)


def _flags() -> list[str]:
    version = f"-X k8s.io/component-base/version.gitVersion={kubernetes_version()}"
    # No stamp of the repository: it would change the binary, and git refuses to speak of a checkout of another user.
    return ["-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {version}"]


def _key() -> str:
    digest = hashlib.sha256()
    for name in ("main.go", "go.mod", "go.sum"):
        content = (SOURCE / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    digest.update("\n".join([*_flags(), sys.platform, platform.machine()]).encode())
    return digest.hexdigest()


@contextmanager
def _lock(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process builds the control plane; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(cache: Path, folder: Path, say: Say) -> None:
    for leftover in cache.glob("building-*"):  # of builds that were killed; we hold the lock
        shutil.rmtree(leftover)
    partial = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
    try:
        _go_build(find_go(cache, say), partial / BINARY, say)
        for program in PROGRAMS:
            (partial / program).symlink_to(BINARY)
        partial.chmod(0o755)
        partial.rename(folder)  # at once, so that nobody ever sees half of it
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _go_build(go: Path, binary: Path, say: Say) -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
    say(f"building the control plane ({kubernetes_version()}) with {go}: 5 to 10 minutes, once")
    listed = _lines([go, "list", "-deps", "."], environment, _Modules(say))
    progress = _Packages({line for line in listed if not line.startswith("go: ")}, say)
    _lines([go, "build", "-v", *_flags(), "-o", binary, "."], environment, progress)
    say("the control plane is built")


def _lines(command: list[str | Path], environment: dict[str, str], on_line: Callable[[str], None]) -> list[str]:
    """Run Go; each line that it prints goes to `on_line` as it comes. Returns all of them."""
    process = subprocess.Popen(
        command,
        cwd=SOURCE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    lines = []
    try:
        for line in process.stdout or ():
            lines.append(line.rstrip("\n"))
            on_line(lines[-1])
    finally:
        if process.poll() is None and sys.exc_info()[0] is not None:
            os.killpg(process.pid, signal.SIGKILL)  # with the compilers that it started
        process.wait()
    if process.returncode != 0:
        raise BuildFailed(f"{' '.join(map(str, command))} failed:\n" + "\n".join(lines[-20:]))
    return lines


class _Modules:
    """Counts the modules that Go fetches before it can list the packages."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._count = 0

    def __call__(self, line: str) -> None:
        if line.startswith("go: downloading"):
            self._count += 1
            if self._count % 20 == 0:
                self._say(f"  {self._count} modules fetched")


class _Packages:
    """Says how far the build is: Go prints the name of each package as it begins with it."""

    def __init__(self, packages: set[str], say: Say) -> None:
        self._waiting = set(packages)
        self._total = len(packages)
        self._say = say
        self._said = 0

    def __call__(self, line: str) -> None:
        self._waiting.discard(line)
        percent = 100 * (self._total - len(self._waiting)) // self._total
        if percent >= self._said + 5:
            self._said = percent
            self._say(f"  {self._total - len(self._waiting)} of {self._total} packages compiled ({percent} %)")
