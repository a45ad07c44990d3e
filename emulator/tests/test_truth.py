"""The tables of truth: no row without a source and a test, and the errors as the code has them."""

import pytest
from aci_emulator import errors
from aci_emulator.variants import choices

from . import truth
from .truth import KINDS, Row

README = truth.README.read_text()
ROWS = list(truth.rows(README))


def test_the_readme_has_the_errors_of_the_code_with_the_tests_that_see_them() -> None:
    assert truth.written(README) == README, "write the table anew: python -m tests.truth"


@pytest.mark.parametrize("code", errors.TABLE)
def test_an_error_says_who_has_seen_it(code: str) -> None:
    for source in errors.TABLE[code].source.split("; "):
        kind, _, place = source.partition(": ")
        assert kind in KINDS
        assert place or kind == "assumption", "it does not say where"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_has_sources_and_tests(row: Row) -> None:
    assert all(row.sources), f"a source is one of {', '.join(KINDS)}"
    assert set(row.variants) <= set(choices())
    assert row.tests, "it names no test"
    assert set(row.tests) <= set(truth.tests())


@pytest.mark.parametrize(
    ("line", "sources", "variants"),
    [
        ("| a | report: x #1; assumption | `t.py::test_a`, `t.py::test_b` |", [{"report"}, {"assumption"}], []),
        ("| b | 409 | document; its status: variant `x` | `t.py::test_a` |", [{"document"}, {"variant"}], ["x"]),
        ("| c | seen by many; recording | `t.py::test_a` |", [set(), {"recording"}], []),
    ],
)
def test_a_row_is_read(line: str, sources: list[set[str]], variants: list[str]) -> None:
    readme = f"| no | truth |\n|---|---|\n| x | y |\n\n| behaviour | source | test |\n|---|---|---|\n{line}\n"
    (found,) = truth.rows(readme)
    assert (found.sources, found.variants, found.tests[0]) == (sources, variants, "t.py::test_a")
