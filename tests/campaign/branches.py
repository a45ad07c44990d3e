"""Which branches of the planners were taken: the functions of `core` that answer with a plan, a step or a change.

A branch is such a function. They are wrapped where they are looked up, so that one that is added later is counted too.
"""

import importlib
import inspect
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final
from unittest.mock import patch

from aci_operator.core import group as group_package
from aci_operator.core import service as service_package
from aci_operator.core.group.step import Step
from aci_operator.core.service.actions import Plan
from aci_operator.core.service.change import Change

DECISIONS: Final = (Plan, Step, Change)


def found() -> dict[str, Callable[..., Any]]:
    """Return the branches by name, such as "group.life._watch"."""
    branches: dict[str, Callable[..., Any]] = {}
    for package in (service_package, group_package):
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and _decides(function):
                    branches[f"{module.__name__.removeprefix('aci_operator.core.')}.{name}"] = function
    return branches


@contextmanager
def counted(hits: Counter[str]) -> Iterator[None]:
    """Count each branch that is taken, for a while."""
    wrapped = {function: _counting(hits, f"branch: {name}", function) for name, function in found().items()}
    patches = [
        patch.object(module, name, wrapped[value])
        for module in [m for n, m in sys.modules.items() if n.startswith("aci_operator.")]
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value in wrapped
    ]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def _decides(function: Callable[..., Any]) -> bool:
    return inspect.signature(function, eval_str=True).return_annotation in DECISIONS


def _counting(hits: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def counting(*arguments: Any, **options: Any) -> Any:
        hits[name] += 1
        return function(*arguments, **options)

    return counting
