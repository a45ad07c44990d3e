"""`aci-operator plan -f` with files that nobody can apply."""

from pathlib import Path

import pytest
from aci_operator.cli.main import main
from click.testing import CliRunner


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("kind: [", "is no YAML", id="no YAML"),
        pytest.param("kind: Deployment", "there is no AciService in", id="another kind"),
        pytest.param("kind: AciService", "without metadata.name", id="no metadata"),
        pytest.param("kind: AciService\nmetadata:", "without metadata.name", id="empty metadata"),
        pytest.param("kind: AciService\nmetadata: {namespace: default}", "without metadata.name", id="no name"),
        pytest.param("kind: AciService\nmetadata: {name: 1}", "without metadata.name", id="a name that is no text"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(text)
    result = CliRunner().invoke(main, ["plan", "-f", str(file)])
    assert (result.exit_code, says in result.output) == (1, True)
