"""Settings that make no sense end the process with one sentence that names them, before anything is touched."""

import pytest
from aci_operator.app.settings import Settings
from aci_operator.cli.main import main
from click.testing import CliRunner
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        pytest.param([], {"WORKERS": "0"}, ["workers", "greater than or equal to 1"], id="no workers"),
        pytest.param([], {"WORKERS": "many"}, ["workers", "integer"], id="not a number"),
        pytest.param([], {"GHOST_WINDOW": "-1"}, ["ghost_window", "greater than 0"], id="negative time"),
        pytest.param([], {"LOG_FORMAT": "xml"}, ["log_format", "'json' or 'text'"], id="unknown log format"),
        pytest.param(["--log-level", "LOUD"], {}, ["--log-level", "WARNING"], id="unknown log level"),
        pytest.param(
            [],
            {"LEASE_DURATION": "20", "WRITE_WINDOW": "20"},
            ["ACI_OPERATOR_WRITE_WINDOW must be less than ACI_OPERATOR_LEASE_DURATION"],
            id="writes outlive the lease",
        ),
        pytest.param(
            [],
            {"LEASE_RENEW_EVERY": "30"},
            ["ACI_OPERATOR_LEASE_RENEW_EVERY must be less than ACI_OPERATOR_WRITE_WINDOW"],
            id="no write between two renewals",
        ),
        pytest.param(
            ["--subscription-id", "production"], {}, ["subscription_id", "must be a UUID"], id="a subscription's name"
        ),
        *(
            pytest.param(
                ["--listen", address],
                {},
                ["listen: must be HOST:PORT with a port of at most 65535", f'not "{address}"'],
                id=address,
            )
            for address in ("127.0.0.1:99999", "127.0.0.1:65536", "127.0.0.1:http", "127.0.0.1:", "8080", "[::1]:-1")
        ),
        pytest.param(["--workers", "4"], {}, ["No such option", "--workers"], id="unknown option"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_in_a_sentence(
    arguments: list[str], environment: dict[str, str], words: list[str]
) -> None:
    given = {f"ACI_OPERATOR_{name}": value for name, value in environment.items()}
    result = CliRunner().invoke(main, ["run", *arguments], env=given)
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)
    last = result.output.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert all(word in last for word in words), last
    assert "pydantic" not in result.output


def test_several_mistakes_are_told_at_once() -> None:
    result = CliRunner().invoke(main, ["run"], env={"ACI_OPERATOR_WORKERS": "0", "ACI_OPERATOR_POLL": "0"})
    assert "workers" in result.output
    assert "poll" in result.output


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACI_OPERATOR_CLUSTER_ID", "by-environment")
    assert Settings().cluster_id == "by-environment"
    assert Settings(cluster_id="by-option").cluster_id == "by-option"


@pytest.mark.parametrize(("duration", "window", "timeout"), [(60, 30, 20), (60, 50, 10), (15, 5, 10), (3600, 30, 20)])
def test_a_write_is_given_up_before_another_can_hold_the_lease(duration: float, window: float, timeout: float) -> None:
    made = Settings(lease_duration=duration, lease_renew_every=1, write_window=window)
    assert made.write_timeout == timeout
    assert window + made.write_timeout <= duration


@pytest.mark.parametrize("address", ["127.0.0.1:0", "0.0.0.0:65535", ":8080", "[::1]:8080", "localhost:1"])
def test_what_can_be_listened_at_is_taken(address: str) -> None:
    assert Settings(listen=address).listen == address


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().workers = 3  # type: ignore[misc]
