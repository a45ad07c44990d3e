"""Whether what goes wrong had an effect. What is counted is what an operator met, not what was planted."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from aci_emulator.front.record import operation_name
from aci_emulator.life.model import Group
from aci_emulator.wire import Request, Response

from tests.model.canary import SECRETIVE
from tests.simulation.world import World

Effect = Callable[[], int]
"""Tells how often it has had an effect up to now."""

Told = Callable[[World], Callable[[Request, Response], bool]]
"""Makes, for a world, what tells of an answer that an operator sees whether it is an effect."""

_LISTS: Final = {"containerGroups/list", "containerGroups/listBySubscription"}


def so_often(count: int) -> Effect:
    """Of what has its effect at once: so many."""
    return lambda: count


NONE: Final = so_often(0)
ONE: Final = so_often(1)


def told(world: World, told: Told) -> Effect:
    """Of what shows in Azure's answers, until there is peace."""
    seen, is_one = 0, told(world)

    def look(request: Request, answer: Response) -> None:
        nonlocal seen
        seen += is_one(request, answer)

    world.on_answer.append(look)
    return lambda: seen


def refused(*codes: str) -> Told:
    """A PUT is refused with one of these codes, by Azure itself and not by a fault."""

    def of(_world: World) -> Callable[[Request, Response], bool]:
        def is_one(request: Request, answer: Response) -> bool:
            said = answer.body.decode()
            return request.method == "PUT" and SECRETIVE not in said and any(f'"{code}"' in said for code in codes)

        return is_one

    return of


def out_of_date(seconds: float) -> Told:
    """A read or a LIST shows groups as they were so long ago, and they have changed since."""

    def of(world: World) -> Callable[[Request, Response], bool]:
        def is_one(request: Request, _: Response) -> bool:
            operation, store, now = operation_name(request), world.arm.cloud.store, world.azure.clock()
            past = now - timedelta(seconds=seconds)
            if operation == "containerGroups/read":
                key = request.path.lower()
                return store.as_of(key, past) != store.get(key, now)
            return operation in _LISTS and _by_key(store.all_as_of(past)) != _by_key(store.groups(now))

        return is_one

    return of


def failing(_world: World) -> Callable[[Request, Response], bool]:
    """A group that was made meanwhile is shown as failed."""
    made: set[str] = set()

    def is_one(request: Request, answer: Response) -> bool:
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED} or not answer.body:
            return False
        if request.method == "PUT":
            made.add(request.path.lower())
            return False
        shown: dict[str, Any] = answer.document
        return any(_failed(item) and item["id"].lower() in made for item in shown.get("value", [shown]))

    return is_one


def shown(key: str, *, directly: bool) -> Told:
    """An operator is shown a group with the tags that it has now; `directly`: by a read of it alone."""

    def of(world: World) -> Callable[[Request, Response], bool]:
        found = world.arm.cloud.store.get(key, world.azure.clock())
        tags = {} if found is None else dict(found.tags or {})

        def is_one(request: Request, answer: Response) -> bool:
            if request.method != "GET" or answer.status != HTTPStatus.OK or not answer.body:
                return False
            document: dict[str, Any] = answer.document
            items = [document] if directly else document.get("value", [document])
            return any(item.get("id", "").lower() == key and (item.get("tags") or {}) == tags for item in items)

        return is_one

    return of


def _by_key(groups: Iterable[Group]) -> dict[str, Group]:
    return {group.key: group for group in groups}


def _failed(item: dict[str, Any]) -> bool:
    return bool(item.get("properties", {}).get("provisioningState") == "Failed")
