"""The README against the code, and the files that `serve` watches."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from aci_emulator import Settings, errors
from aci_emulator.front import declared
from aci_emulator.front.entra import Entra
from aci_emulator.front.kinds import KINDS
from aci_emulator.images import Image
from aci_emulator.limits.roles import Role, Roles
from aci_emulator.serve import files
from aci_emulator.serve.cli import main
from aci_emulator.serve.files import Watched
from aci_emulator.testing import Signer
from aci_emulator.variants import choices
from click.testing import CliRunner

from .conftest import Site

README = (Path(__file__).parent.parent / "README.md").read_text()
PACKAGE = Path(errors.__file__).parent


def test_the_readme_has_each_setting_and_no_other() -> None:
    table = README.split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(Settings.model_fields)


def test_the_readme_has_each_rule_of_an_image_and_no_other() -> None:
    table = README.split("## Images")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == set(Image.model_fields)


def test_the_readme_has_each_variant_with_its_values_and_no_other() -> None:
    table = README.split("## Variants")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", table, re.MULTILINE)
    assert {name: tuple(values.split(", ")) for name, values in rows} == choices()


def test_each_variant_is_the_source_of_a_behaviour() -> None:
    table = README.split("## How true it is")[1]
    assert {name for name in choices() if f"`{name}`" not in table} == set()


def test_each_variant_has_a_test_that_names_it() -> None:
    others = [path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    source = "".join(path.read_text() for path in others)
    assert {name for name in choices() if f'"{name}"' not in source} == set()


def fault_rows() -> list[tuple[str, str]]:
    table = README.split("## Faults")[1].split("\n## ")[0]
    return re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| `((?:fault|hold)[^`]*)` \|$", table, re.MULTILINE)


def test_the_readme_has_each_kind_of_fault_and_no_other() -> None:
    assert [kind for kind, _ in fault_rows()] == list(KINDS)


@pytest.mark.parametrize(("kind", "words"), fault_rows(), ids=[kind for kind, _ in fault_rows()])
def test_what_the_readme_says_to_ctl_makes_that_fault(site: Site, kind: str, words: str) -> None:
    environment = {"ACI_EMULATOR_ENDPOINT": site.running.endpoint, "SSL_CERT_FILE": str(site.running.ca)}
    done = CliRunner().invoke(main, ["ctl", *shlex.split(words)], env=environment)
    assert done.exit_code == 0, done.output
    assert [line["kind"] for line in site.admin.rules()] == [kind]


def test_the_settings_file_of_the_readme_is_good() -> None:
    example = README.split("## Faults")[1].split("```yaml")[1].split("```")[0]
    rules = declared.rules(yaml.safe_load(example)["faults"])
    assert [(rule.kind, rule.count) for rule in rules] == [("server-timeout", None), ("answer", 1)]


def test_every_refusal_in_the_code_is_in_the_table_and_every_row_is_used() -> None:
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    used = set(re.findall(r'(?:refuse|unauthorized)\(\s*"(\w+)"', source))
    used |= {value for values in choices().values() for value in values} & set(errors.TABLE)
    assert used <= set(errors.TABLE)
    assert set(errors.TABLE) - used == set()


def test_a_watched_file_may_come_later_change_and_break(tmp_path: Path) -> None:
    path = tmp_path / "role.json"
    watched = Watched[tuple[Role, ...]](path, files.roles, ())

    def seen() -> list[Role]:
        return list(watched.value)

    assert seen() == []
    path.write_text(json.dumps({"Actions": ["a/read"]}))
    [first] = seen()
    assert first.allows("A/Read", "/")
    path.write_text("{ broken")
    assert seen() == [first]
    path.write_text(json.dumps([{"Actions": ["*"], "NotActions": ["b/*"]}, {"Actions": ["b/read"]}]))
    assert [(r.allows("a/write", "/"), r.allows("b/read", "/")) for r in seen()] == [
        (True, False),
        (False, True),
    ]


def test_several_keys_in_one_file(tmp_path: Path) -> None:
    one, two = (Signer().write_public_key(tmp_path / name).read_bytes() for name in ("one", "two"))
    assert len(files.public_keys(b"noise\n" + one + two)) == 2
    with pytest.raises(ValueError, match="no PEM public key"):
        files.public_keys(b"nothing")


def test_nobody_is_limited_without_a_role() -> None:
    Roles().check("anybody", "Microsoft.ContainerInstance/containerGroups/delete", "/")
    assert Entra("t").federated == set()
