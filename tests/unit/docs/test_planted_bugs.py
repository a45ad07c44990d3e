"""docs/planted-bugs.md is of the bugs that are planted now, and names tests that exist."""

import ast
import re
from pathlib import Path

from tests.planted.registry import LISTED, PLANTS
from tests.planted.table import PAGE, page

ROOT = Path(__file__).resolve().parents[3]


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_page_is_what_make_planted_writes_of_the_bugs_that_there_are() -> None:
    after = [row[3] for row in rows() if len(row) == 4]
    lives = {int(seen.removeprefix("not within ")) for seen in after if not seen.isdigit()}
    found = {str(plant): int(seen) if seen.isdigit() else None for plant, seen in zip(PLANTS, after, strict=True)}
    assert PAGE.read_text() == page(found, lives.pop()), "run `make planted`"


def test_every_number_of_the_list_has_a_row() -> None:
    assert {int(row[0]) for row in rows()} >= set(LISTED)


def test_every_test_that_is_named_exists() -> None:
    for row in rows():
        path, _, name = row[2].strip("`").partition("::")
        assert name in functions(path), row
