"""Text for a shell to source."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path


def exports(environment: Mapping[str, str], programs: Sequence[Path]) -> str:
    """Return lines that set variables and put the folders `programs` in front of the PATH."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    path = "".join(f"{shlex.quote(str(folder))}:" for folder in programs)
    return "".join([*lines, f'export PATH={path}"$PATH"\n'])
