"""The tables of truth: no row without a source and a test, and the errors as the code has them."""

import pytest
from aci_emulator.variants import choices

from . import truth
from .truth import KINDS, Row

ROWS = list(truth.rows(truth.README.read_text().partition(truth.BEGIN)[2].partition(truth.END)[0]))


def test_the_readme_has_the_errors_of_the_code_with_the_tests_that_see_them() -> None:
    readme = truth.README.read_text()
    assert readme == truth.written(readme), "write the table anew: python -m tests.truth"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_has_a_source_that_can_be_looked_up_and_a_test_that_exists(row: Row) -> None:
    assert row.tests, "it names no test"
    assert set(row.tests) <= set(truth.tests())
    for kind, place in row.sources:
        assert kind in KINDS
        assert kind != "variant" or place.strip("`") in choices(), "there is no such variant"


@pytest.mark.parametrize(
    ("line", "row", "sources"),
    [
        (
            "| a | report: x #1, y; assumption | `t.py::test_a`, `t.py::test_b` |",
            "a",
            [("report", "x #1, y"), ("assumption", "")],
        ),
        ("| b | 409 | document; variant: x | `t.py::test_a` |", "b", [("document", ""), ("variant", "x")]),
        ("| c | hearsay | `t.py::test_a` |", "c", [("hearsay", "")]),
    ],
)
def test_a_row_is_read(line: str, row: str, sources: list[tuple[str, str]]) -> None:
    readme = f"| no | truth |\n|---|---|\n| x | y |\n\n| behaviour | source | test |\n|---|---|---|\n{line}\n"
    (found,) = truth.rows(readme)
    assert (found.what, found.sources, found.tests[0]) == (row, sources, "t.py::test_a")
