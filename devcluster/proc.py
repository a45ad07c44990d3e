"""What the system tells about a process: by /proc, or by ps where there is none."""

import contextlib
import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


def has_variable(pid: int, variable: str) -> bool:
    """Tell whether a process was started with NAME=VALUE in its environment."""
    if not _has_proc():
        return variable in _ps(pid, "command", "-E", "-ww").split()
    try:
        return variable.encode() in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or of another user
        return False


def has_ended(pid: int) -> bool:
    """Tell whether a process holds nothing any more; if it was a child of ours, it is reaped by this."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return _state(pid) in {"", "Z", "X"}  # whoever took it over reaps it, if anybody does


def _state(pid: int) -> str:
    if not _has_proc():
        return _ps(pid, "stat")[:1]
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return ""


def _has_proc() -> bool:
    return (PROC / "self" / "environ").exists()


def _ps(pid: int, column: str, *flags: str) -> str:
    done = subprocess.run(
        ["ps", *flags, "-o", f"{column}=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return done.stdout.strip()
