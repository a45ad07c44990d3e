"""The JSON object in the body of a request."""

import json
import math
from collections.abc import Iterable
from typing import Any

from aci_emulator.errors import refuse
from aci_emulator.wire import Json

MAX_DEPTH = 64
"""How deep a body may be nested: the default of JSON.NET, which words the refusal."""


def read(body: bytes) -> Json:
    """The object: its numbers are finite, its texts are Unicode, its depth has a limit.

    Raises:
        Refusal: 400 InvalidRequestContent.
    """
    try:
        document: Any = json.loads(body, parse_constant=_finite, parse_float=_finite)
        _check_depth(document)
        # Half of a surrogate pair can be written in JSON, but is no text.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        problem = str(error) if body else "A non-empty request body is required"
        raise refuse("InvalidRequestContent", problem=problem) from error
    if not isinstance(document, dict):
        raise refuse("InvalidRequestContent", problem="Expected a JSON object. Path '', line 1, position 1.")
    return document


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"Unexpected number {text}")
    return number


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise ValueError(f"The reader's MaxDepth of {MAX_DEPTH} has been exceeded")


def _inside(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()
