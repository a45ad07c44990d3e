"""How often a law is tried: `pytest --hypothesis-profile simulate` tries 25 times as often, in longer stories."""

from typing import Final

from hypothesis import Phase, settings

_DEFAULT: Final = 100
"""Examples of Hypothesis' own profile."""

settings.register_profile("simulate", max_examples=25 * _DEFAULT, stateful_step_count=100, deadline=None)
settings.register_profile(
    "mutation", derandomize=True, database=None, phases=(Phase.explicit, Phase.generate), deadline=None
)
"""A mutant is tried once, with the same examples in each run; a failure is enough, none is made smaller."""


def tried(times: int) -> settings:
    """Return settings with so many examples, and 25 times as many in the profile."""
    return settings(max_examples=times * settings().max_examples // _DEFAULT, deadline=None)
