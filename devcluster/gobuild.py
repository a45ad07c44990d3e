"""Builds programs written in Go into a cache outside the source tree, once for each state of their source."""

import fcntl
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcluster.golang import BuildFailed, find_go

Say = Callable[[str], None]

# No stamp of the repository: it would change the binary, and git refuses to speak of a checkout of another user.
FLAGS: Final = ("-trimpath", "-buildvcs=false")


@dataclass(frozen=True)
class GoProgram:
    """A Go module with one program.

    Attributes:
        what: it is, for people, and how long that takes to build.
        source: its folder.
        files: what it is made of, in that folder; go.sum vouches for the rest.
        binary: the file name of the program.
        flags: of `go build`.
        links: further names of the program.
    """

    what: str
    source: Path
    files: tuple[str, ...]
    binary: str
    flags: tuple[str, ...] = FLAGS
    links: tuple[str, ...] = ()

    def cached(self, say: Say) -> Path:
        """Return a folder with the program in it, built now if it is not there.

        Raises:
            BuildFailed: no Go could be had, or the build did not work.
        """
        cache = cache_folder()
        folder = cache / self._key()
        if not folder.exists():
            cache.mkdir(parents=True, exist_ok=True)
            with _lock(cache / "build.lock", say):
                if not folder.exists():  # another one may have built it while we waited
                    self._build(cache, folder, say)
        return folder

    def _key(self) -> str:
        digest = hashlib.sha256()
        for name in self.files:
            content = (self.source / name).read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
        digest.update("\n".join([*self.flags, sys.platform, platform.machine()]).encode())
        return digest.hexdigest()

    def _build(self, cache: Path, folder: Path, say: Say) -> None:
        for leftover in cache.glob("building-*"):  # of builds that were killed; we hold the lock
            shutil.rmtree(leftover)
        partial = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
        try:
            self._go_build(find_go(cache, say), partial / self.binary, say)
            for link in self.links:
                (partial / link).symlink_to(self.binary)
            partial.chmod(0o755)
            partial.rename(folder)  # at once, so that nobody ever sees half of it
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _go_build(self, go: Path, binary: Path, say: Say) -> None:
        say(f"building {self.what} with {go}, once")
        listed = self._lines([go, "list", "-deps", "."], _Modules(say))
        progress = _Packages({line for line in listed if not line.startswith("go: ")}, say)
        self._lines([go, "build", "-v", *self.flags, "-o", binary, "."], progress)
        say(f"built {self.what}")

    def _lines(self, command: list[str | Path], on_line: Callable[[str], None]) -> list[str]:
        """Run Go; each line that it prints goes to `on_line` as it comes. Returns all of them."""
        process = subprocess.Popen(
            command,
            cwd=self.source,
            env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
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


def cache_folder() -> Path:
    """Return the folder that holds what is built, and Go where the machine has none."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "aci-operator" / "devcluster"


@contextmanager
def _lock(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process builds; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


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
