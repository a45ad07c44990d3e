"""How often a law is tried: 200 times by the tests, and 25 times as often, in longer stories, by `make laws`.

The tests draw the same examples each time, by the seed in pyproject.toml; `make laws` draws others.
"""

from typing import Final

from hypothesis import Phase, settings

PUSH: Final = 200
STEPS: Final = 50
"""Examples of a law, and steps of a story, in each run of the tests."""

settings.register_profile("push", max_examples=PUSH, stateful_step_count=STEPS, deadline=None)
settings.register_profile("laws", max_examples=25 * PUSH, stateful_step_count=2 * STEPS, deadline=None)
settings.register_profile(
    "mutation",
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    database=None,
    deadline=None,
)
"""For thousands of mutants: the same few examples for each, and no search for a smaller one that fails too."""

settings.load_profile("push")


def tried(times: int) -> settings:
    """Return settings with so many examples, and 25 times as many by `make laws`."""
    return settings(max_examples=max(times * settings().max_examples // PUSH, 1), deadline=None)
