"""One life of the random campaign, by its seed: what it draws knows of no planted bug."""

from tests.campaign.runs import perform


def run(seed: int) -> None:
    """Live one life.

    Raises:
        AssertionError: Something did not hold.
    """
    outcome = perform(f"seed | {seed}")
    assert not outcome.failure, outcome.failure
