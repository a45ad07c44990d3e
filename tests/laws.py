"""How often a law is tried: `pytest --hypothesis-profile simulate` tries 25 times as often, in longer stories."""

from typing import Final

from hypothesis import Phase, settings

_DEFAULT: Final = 100
"""Examples of Hypothesis' own profile."""

settings.register_profile("simulate", max_examples=25 * _DEFAULT, stateful_step_count=100, deadline=None)
settings.register_profile(
    "mutation",
    max_examples=_DEFAULT // 4,
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    database=None,
    deadline=None,
)
"""For thousands of mutants: the same few examples for each, and no search for a smaller one that fails too."""


def tried(times: int) -> settings:
    """Return settings with so many examples, and 25 times as many in the profile."""
    return settings(max_examples=times * settings().max_examples // _DEFAULT, deadline=None)
