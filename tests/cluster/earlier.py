"""The operator as it was at an earlier commit, made from the history of this repository."""

import io
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcluster.system import names
from devcluster.system.operator import Operator

PARTS: Final = ("operator", "crds", "pyproject.toml", "README.md")
"""What its wheel is made of, and the CRDs that it came with."""


class HistoryMissing(Exception):
    """The commit is not in this clone."""


@dataclass(frozen=True)
class Earlier:
    """An earlier operator, installed into a folder of its own.

    It runs with the packages of this environment: what it needs of others has not changed.
    """

    folder: Path

    @property
    def crds(self) -> Path:
        """The CRDs that it came with."""
        return self.folder / "source" / "crds"

    @property
    def packages(self) -> Path:
        """Where it is installed."""
        return self.folder / "packages"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process find it, and not the present one."""
        return {"PYTHONPATH": str(self.packages)}

    def runs_from(self) -> Path:
        """Where a process finds the operator's package."""
        command = [sys.executable, "-c", "import aci_operator; print(aci_operator.__file__)"]
        return Path(subprocess.check_output(command, text=True, env={**os.environ, **self.environment}).strip())

    @staticmethod
    def make(commit: str, folder: Path) -> "Earlier":
        """Make its wheel and install it.

        Raises:
            HistoryMissing: This clone does not have the commit.
        """
        made = Earlier(folder)
        source, wheels = folder / "source", folder / "wheels"
        with tarfile.open(fileobj=io.BytesIO(_archive(commit))) as archive:
            archive.extractall(source, filter="data")
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        build: list[str | Path] = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, source]
        subprocess.run([*pip, *build], check=True)
        [wheel] = wheels.iterdir()
        subprocess.run([*pip, "install", "--no-deps", "--target", made.packages, wheel], check=True)
        return made


@dataclass(frozen=True)
class EarlierOperator(Operator):
    """An earlier operator as a process."""

    earlier: Earlier | None = None

    @property
    def program(self) -> Path:
        assert self.earlier is not None
        return self.earlier.packages / "bin" / "aci-operator"

    def environment(self) -> dict[str, str]:
        assert self.earlier is not None
        return {**super().environment(), **self.earlier.environment}


def _archive(commit: str) -> bytes:
    # The checkout may be another user's; git then refuses to speak of it unless told otherwise.
    git: list[str | Path] = ["git", "-c", f"safe.directory={names.ROOT}", "-C", names.ROOT]
    done = subprocess.run([*git, "archive", commit, *PARTS], check=False, capture_output=True)
    if done.returncode != 0:
        raise HistoryMissing(
            f"commit {commit}, from which the test upgrades, is not in this clone: fetch the whole history, "
            f"by `git fetch --unshallow` (git says: {done.stderr.decode().strip()})"
        )
    return done.stdout
