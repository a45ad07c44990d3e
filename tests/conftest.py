import pytest

import tests.laws  # noqa: F401 - registers Hypothesis' profile before the command line asks for it
from tests.garbage import collect_less

LONG = {
    "soak": "takes minutes on real processes; run by `make soak`, not by `make test`",
    "simulate": "one of hundreds of cases; run by `make simulate`, not by `make test`",
}
"""What is left out unless `-m` asks for it."""

collect_less()
# It is no test module, but what it asserts is to say what is wrong.
pytest.register_assert_rewrite("tests.simulation.world")


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in LONG.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unasked = {name for name in LONG if name not in str(config.getoption("markexpr"))}
    long = [item for item in items if any(item.get_closest_marker(name) for name in unasked)]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
