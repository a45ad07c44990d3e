"""ARM's `$filter`: fields that equal values, joined by `and` (the forms that are documented for its lists)."""

import re
from collections.abc import Iterable

from aci_emulator.errors import refuse
from aci_emulator.wire import number

TERM = re.compile(r"(\w+)\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
AND = re.compile(r"\s+and\s+(?=\w+\s+eq\s)", re.IGNORECASE)


def parse(text: str, fields: Iterable[str]) -> dict[str, str]:
    """The value that each field must have, by the field's lower-case name.

    Raises:
        Refusal: 400 InvalidFilterInQueryString: another form, or another field.
    """
    allowed = {field.lower() for field in fields}
    wanted: dict[str, str] = {}
    for part in AND.split(text.strip()):
        match = TERM.fullmatch(part.strip())
        if match is None or match[1].lower() not in allowed:
            raise refuse("InvalidFilterInQueryString", filter=text)
        wanted[match[1].lower()] = match[2].replace("''", "'")
    return wanted


def tagged(tags: dict[str, str] | None, wanted: dict[str, str]) -> bool:
    """Whether tags fit `tagName` and `tagValue` of a filter; names are compared without case, values with it."""
    if "tagname" not in wanted:
        return "tagvalue" not in wanted
    values = [v for name, v in (tags or {}).items() if name.lower() == wanted["tagname"].lower()]
    return bool(values) and wanted.get("tagvalue", values[0]) == values[0]


def top(text: str) -> int | None:
    """How many items `$top` asks for; None for all."""
    return number(text)
