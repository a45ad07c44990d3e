"""The tables of truth in the README: what is so, who says it, and which test shows it.

`python -m tests.truth` writes the table of errors anew, from `aci_emulator.errors` and from the tests that name a code.
"""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aci_emulator import errors

README = Path(__file__).parent.parent / "README.md"
TESTS = Path(__file__).parent
KINDS = ("recording", "specification", "document", "report", "assumption", "variant")
BEGIN, END = "<!-- errors: written by python -m tests.truth -->", "<!-- end of errors -->"


@dataclass(frozen=True)
class Row:
    """One row of a table of truth; `what` is its first cell."""

    what: str
    source: str
    test: str

    @property
    def tests(self) -> list[str]:
        """The tests that it names, like "test_life.py::test_name"."""
        return re.findall(r"`([^`]+)`", self.test)

    @property
    def sources(self) -> list[set[str]]:
        """The kinds that each of its sources names; an empty one names none."""
        return [{kind for kind in KINDS if re.search(rf"\b{kind}s?\b", part)} for part in self.source.split(";")]

    @property
    def variants(self) -> list[str]:
        """The variants that it names."""
        return [
            name
            for part in self.source.split(";")
            if re.search(r"\bvariants?\b", part)
            for name in re.findall(r"`(\w+)`", part)
        ]


def rows(readme: str) -> Iterator[Row]:
    """The rows of every table that ends with the columns "source" and "test"."""
    inside = False
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[-2:] == ["source", "test"]:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|--"):
            yield Row(cells[0], cells[-2], cells[-1])


@functools.cache
def tests() -> dict[str, str]:
    """Every test by name, with the source that it runs on: its own, its table cases, and constants that it names."""
    found: dict[str, str] = {}
    for path in sorted(TESTS.glob("test_*.py")):
        source = path.read_text()
        tree = ast.parse(source)
        constants = {
            target.id: ast.unparse(node)
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                named = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                parts = [ast.unparse(node), *(constants[name] for name in sorted(named & set(constants)))]
                found[f"{path.name}::{node.name}"] = "\n".join(parts)
        found |= {f"{path.name}::{name}": "" for name in constants if name.startswith("Test")}
    return found


def shown_by(code: str, sources: dict[str, str]) -> str | None:
    """The first test that names an error code."""
    return next((name for name, source in sources.items() if f"'{code}'" in source), None)


def error_table() -> str:
    """The table of errors as the README has it.

    Raises:
        LookupError: an error that no test names.
    """
    sources = tests()
    lines = ["| code | status | source | test |", "|---|---|---|---|"]
    for code, known in errors.TABLE.items():
        test = shown_by(code, sources)
        if test is None:
            raise LookupError(f"no test sees the error {code}")
        answer = code if known.code is None else f"{known.code}, {code}"
        source = re.sub(r"variant: (\w+)", r"variant: `\1`", known.source)
        lines.append(f"| {answer} | {known.status} | {source} | `{test}` |")
    return "\n".join(lines)


def written(readme: str) -> str:
    """A README with its table of errors written anew."""
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{error_table()}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
