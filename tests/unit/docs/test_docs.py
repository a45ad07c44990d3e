"""The documents against the code: fields, reasons, settings, examples, and links that lead somewhere."""

import re
from pathlib import Path

import pytest
import yaml
from aci_operator.api.reasons import Act, Reason, State
from aci_operator.api.service import Service
from aci_operator.app.metrics import Metrics
from aci_operator.app.settings import Settings
from aci_operator.azure.operations import Operation
from aci_operator.cli.main import run

from tests.unit.docs.reference import REFERENCE, ROOT, blocks, filled

README = (ROOT / "README.md").read_text()
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(ROOT.glob("docs/**/*.md"))

LINK = re.compile(r"\[[^\]]*\]\((?!https?://)([^)#]*)(#[^)]*)?\)")
IN_CODE = re.compile(r"`((?:operator|emulator|devcluster|tests|manifests|crds|docs)/[\w./-]+)`")


def section(text: str, title: str) -> str:
    """The part of a page under a heading, up to the next one of the same or a higher level."""
    level = title.split(" ", maxsplit=1)[0]
    found = re.search(rf"^{re.escape(title)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """What stands in backquotes in the first cell of each row."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def test_the_tables_of_fields_are_those_of_the_crds() -> None:
    text = REFERENCE.read_text()
    kinds = ("AciService", "AciContainerGroup")
    assert blocks(text) == {(kind, part) for kind in kinds for part in ("spec", "status")}
    assert filled(text) == text, "run: python -m tests.unit.docs.reference"


def test_the_reference_has_each_reason_and_no_other() -> None:
    assert sorted(first_cells(section(REFERENCE.read_text(), "## Reasons"))) == sorted(Reason)


def test_the_reference_has_each_state_and_no_other() -> None:
    assert first_cells(section(REFERENCE.read_text(), "## States of a container group")) == list(State)


def test_the_reference_has_each_operation_of_the_metrics() -> None:
    named = re.search(r"`operation` is one of ([^;]+);", section(REFERENCE.read_text(), "## Metrics"))
    assert named
    assert set(re.findall(r"`(\w+)`", named[1])) == {operation.label for operation in Operation}


def test_the_reference_has_each_metric_with_its_labels_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", section(REFERENCE.read_text(), "## Metrics"), re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert told == {name: set(labels) for name, labels in Metrics().labels.items()}


def test_the_reference_has_each_action_of_the_metrics() -> None:
    named = re.search(r"`action` is one of (.*?)\. An", section(REFERENCE.read_text(), "## Metrics"), re.DOTALL)
    assert named
    assert set(re.findall(r"`(\w+)`", named[1])) == set(Act)


def test_the_readme_has_each_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `ACI_OPERATOR_(\w+)`( \*)? \| (?:`([^`]*)`)? ?\|", README, re.MULTILINE)
    written = {name.lower(): default for name, _, default in rows}
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert written == {name: "" if default is None else str(default) for name, default in defaults.items()}


def test_the_readme_marks_the_settings_that_are_options() -> None:
    marked = re.findall(r"^\| `ACI_OPERATOR_(\w+)` \* ", README, re.MULTILINE)
    assert [name.lower() for name in marked] == [option.name for option in run.params]


def examples() -> list[object]:
    found = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]
    return [example for example in found if example.get("kind") == "AciService"]


@pytest.mark.parametrize("example", examples())
def test_an_example_has_only_fields_that_exist(example: dict[str, dict[str, object]]) -> None:
    known = Service.model_validate(example).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert known["spec"] == example["spec"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    beside = [page.parent / target for target, _ in LINK.findall(text) if target]
    named = [ROOT / path for path in IN_CODE.findall(text)]
    assert [str(path) for path in [*beside, *named] if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_a_page_have_their_heading(page: Path) -> None:
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {anchor[1:] for target, anchor in LINK.findall(text) if not target and anchor} <= anchors


def test_every_test_that_found_a_bug_exists() -> None:
    found = re.findall(r"`(test_\w+)`", (ROOT / "docs" / "bugs-found.md").read_text())
    sources = [path for folder in ("tests", "emulator/tests") for path in sorted((ROOT / folder).rglob("test_*.py"))]
    known = {
        name for path in sources for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert found
    assert sorted(set(found) - known) == []


def test_each_policy_of_the_service_has_its_table_of_cases() -> None:
    modules = {path.stem for path in (ROOT / "operator/aci_operator/core/service").glob("[a-z]*.py")}
    tables = {path.stem.removeprefix("test_") for path in (ROOT / "tests/unit/core").glob("test_*.py")}
    assert modules - tables == {"observation"}, "what the policies look at is no policy"


def test_the_targets_of_make_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)`", page.read_text())}
    assert named <= targets


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
