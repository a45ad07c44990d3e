"""What a process remembers of a group after a read and after a write."""

import pytest
from aci_operator.api.reasons import Reason
from aci_operator.core.group.memory import Memory, Trouble

from tests.unit.core.builders import at, cloud, read

OF_A_READ = Trouble(Reason.FORBIDDEN, "a read", at(60))
OF_A_WRITE = Trouble(Reason.FORBIDDEN, "a write", at(60), write=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(OF_A_READ, None, id="a read"),
        pytest.param(OF_A_WRITE, OF_A_WRITE, id="a write"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_a_read_ends_the_trouble_of_reads_alone(before: Trouble | None, after: Trouble | None) -> None:
    seen = Memory(at(0), trouble=before).seen(read(1, cloud()))
    assert (seen.read, seen.trouble) == (read(1, cloud()), after)


def test_a_read_that_shows_that_no_write_is_left_to_do_ends_the_trouble_of_writes_too() -> None:
    """A takeover whose answer was lost would else be told when the group ends."""
    assert Memory(at(0), trouble=OF_A_WRITE).seen(read(1, cloud()), nothing_to_write=True).trouble is None


def test_a_run_of_404s_begins_with_the_first_and_ends_with_a_sight() -> None:
    missing = Memory(at(0)).seen(read(1, None)).seen(read(6, None))
    assert missing.missing_since == at(1)
    assert missing.seen(read(11, cloud())).missing_since is None


def test_after_a_write_nothing_counts_that_was_known_before() -> None:
    before = Memory(
        at(0),
        known_at=at(0),
        drawn=True,
        unsent=True,
        asked_at=at(1),
        accepted_at=at(2),
        read=read(3, None),
        missing_since=at(3),
        deleted_at=at(4),
        retagged_at=at(5),
        trouble=OF_A_WRITE,
    )
    assert before.wrote(at(9), look_at=at(14)) == Memory(
        at(14), known_at=at(0), drawn=True, asked_at=at(1), wrote_at=at(9), accepted_at=at(2), retagged_at=at(5)
    )
