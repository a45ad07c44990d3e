"""What must hold in a soak, as pure functions over what was seen. Each gives sentences about what did not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .transitions import PROVISIONING, STATES, follows

Line = Mapping[str, Any]
"""A line of `ctl groups` or `ctl requests`."""

ANYTHING = tuple({cause for cause, *_ in (*PROVISIONING, *STATES)})


def groups(lines: Iterable[Line], group_quota: int, *, failed_is_free: bool) -> Iterator[str]:
    """Of what exists at one moment: no more than the quota, and no address twice."""
    lines = list(lines)
    counted = [line for line in lines if not (failed_is_free and line["provisioningState"] == "Failed")]
    if len(counted) > group_quota and not failed_is_free:
        yield f"{len(counted)} groups, quota {group_quota}"
    addresses = Counter(line["ip"] for line in lines if line["ip"] not in {None, "0.0.0.0"})
    yield from (f"{number} groups have the address {ip}" for ip, number in addresses.items() if number > 1)


def changes(before: Line, after: Line) -> Iterator[str]:
    """Of one group, earlier and later; anything may have happened to it meanwhile."""
    for name, rows in (("provisioningState", PROVISIONING), ("state", STATES)):
        if not follows(rows, before[name], after[name], ANYTHING):
            yield f"{name} of {after['name']} went from {before[name]} to {after[name]}"
    if before["id"] != after["id"]:
        yield f"group {after['uid']} was {before['id']} and is {after['id']}"


def budget(name: str, times: Iterable[float], limit: int, window: float, *, fixed: bool) -> Iterator[str]:
    """Of requests that were accepted at these times (seconds): no more than `limit` in any `window`.

    Of windows that begin anew, one may see the ends of two.
    """
    ordered = sorted(times)
    allowed = limit * (2 if fixed else 1)
    for first, last in zip(ordered, ordered[allowed:], strict=False):
        if last - first < window:
            yield f"more than {allowed} of {name} in {last - first:.2f} of {window:.2f} seconds"
            return


def record(lines: Iterable[Line]) -> Iterator[str]:
    """Of the record of requests: no 5xx but where a fault was put."""
    for line in lines:
        if (line["status"] or 0) >= 500 and line["fault"] is None:
            yield f"{line['method']} {line['path']} was answered {line['status']} without a fault"


def unused(hits: Mapping[str, int]) -> Iterator[str]:
    """Of the faults: each kind was hit."""
    yield from (f"no request was hit by {kind}" for kind, number in hits.items() if number == 0)


def ends(states: Mapping[str, str]) -> Iterator[str]:
    """Of operations, by link, when all had their time."""
    for link, state in states.items():
        if state not in {"Succeeded", "Failed", "Canceled"}:
            yield f"{link} has not ended: {state}"
