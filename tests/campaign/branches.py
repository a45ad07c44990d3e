"""Which branches of the planners were taken.

A branch is a function of `core` that answers with a plan, a step or a change: one that is added later is found by its
annotation. Of the policies that answer otherwise each kind of answer is a branch. All are wrapped where they are looked
up.
"""

import importlib
import inspect
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from aci_operator.core import group as group_package
from aci_operator.core import service as service_package
from aci_operator.core.group.step import Step
from aci_operator.core.service import backoff, correction, heals, placement, share, triage
from aci_operator.core.service.actions import Plan
from aci_operator.core.service.change import Change
from aci_operator.core.service.replicas import Replicas
from aci_operator.core.service.share import Share

DECISIONS: Final = (Plan, Step, Change)
SETS: Final = ("dead", "ailing", "limited", "departing", "elsewhere", "changed")
CROWDED: Final = "limited beside ailing"
MEMORIES: Final = ("failures", "relapses", "replacing")


class Policy(NamedTuple):
    """A policy that is no branch by itself: the kinds of its answers, and which of them an answer is."""

    decides: Callable[..., Any]
    kinds: tuple[str, ...]
    kind: Callable[[Any], Iterable[str]]

    @property
    def name(self) -> str:
        """The policy as a report names it, such as "service.triage.sort"."""
        return f"{self.decides.__module__.removeprefix('aci_operator.core.')}.{self.decides.__name__}"


def _sets(replicas: Replicas) -> Iterator[str]:
    yield from (name for name in SETS if getattr(replicas, name))
    if replicas.ailing and replicas.limited:
        yield CROWDED


POLICIES: Final = (
    Policy(triage.sort, (*SETS, CROWDED), _sets),
    Policy(backoff.pause, ("first", "doubled"), lambda pause: ["first" if pause == backoff.FIRST else "doubled"]),
    Policy(heals.replaced, MEMORIES, lambda heals: [name for name in MEMORIES if getattr(heals, name, 0)]),
    Policy(placement.assign, ("zone", "no zone"), lambda places: {"zone" if it.zone else "no zone" for it in places}),
    Policy(correction.corrected, ("made anew",), lambda yes: ["made anew"] * yes),
    Policy(correction.scout, ("sent ahead",), lambda scout: ["sent ahead"] * (scout is not None)),
    Policy(share.share, tuple(Share), lambda share: [share]),
    Policy(share.retries, ("retry", "first"), lambda births: {"retry" if again else "first" for again in births}),
)


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


def names() -> Iterator[str]:
    """Yield the names of all branches, as a report counts them."""
    yield from (f"branch: {name}" for name in found())
    yield from (f"branch: {policy.name}: {kind}" for policy in POLICIES for kind in policy.kinds)


@contextmanager
def counted(hits: Counter[str]) -> Iterator[None]:
    """Count each branch that is taken, for a while."""
    wrapped = {function: _counting(hits, f"branch: {name}", function) for name, function in found().items()}
    wrapped |= {policy.decides: _telling(hits, policy) for policy in POLICIES}
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


def _telling(hits: Counter[str], policy: Policy) -> Callable[..., Any]:
    @wraps(policy.decides)
    def telling(*arguments: Any, **options: Any) -> Any:
        answer = policy.decides(*arguments, **options)
        hits.update(f"branch: {policy.name}: {kind}" for kind in policy.kind(answer))
        return answer

    return telling
