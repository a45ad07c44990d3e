"""Pages of LIST that do not tell the truth. Pure: items in, items out."""

import json
import math
from dataclasses import replace
from fnmatch import fnmatchcase

from aci_emulator.front.rules import Rule
from aci_emulator.wire import Json, Response

Items = list[Json]


def omitted(items: Items, name: str) -> Items:
    """Without those whose name fits a glob, cases alike."""
    return [item for item in items if not fnmatchcase(str(item["name"]).lower(), name.lower())]


def partial(items: Items, first: int | None, share: float | None) -> Items:
    """The first few: so many, or a share of all, rounded down."""
    return items[: math.floor(len(items) * share) if share is not None else first]


def duplicated(items: Items) -> Items:
    """Each twice, the whole page after itself, as pages that overlap show them."""
    return [*items, *items]


def distorted(rule: Rule, response: Response) -> Response:
    """A page as the rule shows it; anything else, and a page that it cannot spoil, as it is.

    An empty and a partial page end the list: what follows is lost with them.
    """
    if response.status != 200:
        return response
    page = response.document
    items: Items = page["value"]
    match rule.kind:
        case "omit":
            shown = {**page, "value": omitted(items, rule.name or "")}
        case "empty":
            shown = {"value": []}
        case "partial":
            shown = {"value": partial(items, rule.first, rule.share)}
        case "duplicate":
            shown = {**page, "value": duplicated(items)}
        case _:
            return response
    return response if shown == page else replace(response, body=json.dumps(shown, separators=(",", ":")).encode())
