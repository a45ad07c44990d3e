"""What looks like a secret in a foreign text is told to nobody."""

from typing import Final

import pytest
from aci_operator.azure.redact import redacted

LENGTH: Final = 100_000


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=[redacted]"),
        ("PGPASSWORD=hunter2 PGUSER=u", "PGPASSWORD=[redacted] PGUSER=u"),
        ("--api-key=hunter2", "--api-key=[redacted]"),
        ("AWS_SECRET_ACCESS_KEY=hunter2", "AWS_SECRET_ACCESS_KEY=[redacted]"),
        ("storageAccountKey: hunter2", "storageAccountKey: [redacted]"),
        ('"registryPassword": "hunter2", "server": "s"', '"registryPassword": "[redacted]", "server": "s"'),
        ('{"secureValue":"hunter2"}', '{"secureValue":"[redacted]"}'),
        (
            'failed to start container "web": exec: "serve --password=hunter2": no such file or directory',
            'failed to start container "web": exec: "serve --password=[redacted]": no such file or directory',
        ),
    ],
)
def test_a_secret_with_a_longer_name_does_not_pass(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('password="my hunter2" is wrong', 'password="[redacted]" is wrong'),
        ("password: 'my hunter2' is wrong", "password: '[redacted]' is wrong"),
        (
            r"{\"password\": \"my hunter2\", \"a\": 1}",
            r"{\"password\": \"[redacted]\", \"a\": 1}".replace(r"]\"", ']"'),
        ),
        ('password="my hunter2 that is cut', 'password="[redacted]'),
        ('password="it\'s; hunter2"', 'password="[redacted]"'),
    ],
)
def test_a_secret_in_quotes_does_not_pass_in_part(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(("text", "left"), [("token=token", "token=[redacted]"), ("password=a", "password=[redacted]")])
def test_only_the_value_is_left_out(text: str, left: str) -> None:
    assert redacted(text) == left


def test_a_password_without_a_user_in_an_address_does_not_pass() -> None:
    assert redacted("cannot reach redis://:hunter2@cache:6379") == "cannot reach redis://[redacted]@cache:6379"


@pytest.mark.parametrize(
    "text", ["design: blue", "the tokens: 5", 'password=""', "secrets: none", "https://host:443/a@b"]
)
def test_what_is_no_secret_passes(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "://",
        "://:",
        ":",
        "a:",
        "password",
        "password=",
        'password="',
        "password='",
        "password\\",
        "token ",
        "eyJ",
        "bearer ",
        " ",
    ],
)
@pytest.mark.parametrize("start", ["", "://", "password", "password=", 'password="', "eyJ"])
def test_a_long_and_hostile_text_is_read_to_its_end(start: str, piece: str) -> None:
    """A pattern that tried its parts again and again would need hours for it."""
    text = start + piece * (LENGTH // len(piece))
    assert "hunter2" not in redacted(f"{text}\n'\"\npassword=hunter2", limit=2 * LENGTH)
