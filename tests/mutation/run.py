"""mutmut, run in a folder where the package lies as mutmut expects it: in src/, beside tests/ and pyproject.toml."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

PACKAGE: Final = "aci_operator.core"
"""Names of modules are told without it."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_FOLDER: Final = _ROOT / "build" / "mutation"
_LAYOUT: Final = {"src": "operator", "tests": "tests", "pyproject.toml": "pyproject.toml"}
_MUTMUT: Final = (str(Path(sys.executable).with_name("mutmut")),)


def mutate(modules: Sequence[str], processes: int) -> None:
    """Try the mutants of these modules, all if there are none. What an earlier run has left does not count.

    Raises:
        subprocess.CalledProcessError: When the tests fail without any mutant, or mutmut itself does.
    """
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    for name, target in _LAYOUT.items():
        (_FOLDER / name).symlink_to(_ROOT / target)
    chosen = [f"{PACKAGE}.{module}.*" for module in modules]
    subprocess.run((*_MUTMUT, "run", f"--max-children={processes}", *chosen), cwd=_FOLDER, check=True)


def results() -> Iterator[tuple[str, str]]:
    """Yield each mutant and what became of it, in mutmut's words."""
    told = subprocess.run((*_MUTMUT, "results", "--all=true"), cwd=_FOLDER, check=True, capture_output=True, text=True)
    for line in told.stdout.splitlines():
        mutant, _, outcome = line.strip().partition(": ")
        yield mutant.removeprefix(f"{PACKAGE}."), outcome
