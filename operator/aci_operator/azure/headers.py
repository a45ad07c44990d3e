"""What the headers of an answer say about budgets and waiting."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from aci_operator.core.errors import Remaining

_REMAINING: Final = "x-ms-ratelimit-remaining-subscription-resource-requests-"
_AGAIN: Final = re.compile(r"again (?:after|in) '?([0-9]+(?:\.[0-9]+)?)'? (second|minute|hour)", re.IGNORECASE)
LONGEST: Final = 86_400.0
"""Seconds for which a Retry-After is believed: a longer one is a mistake, and it is asked again after a day."""

_SECONDS: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


def remaining(headers: Mapping[str, str]) -> Remaining:
    """Return what is left of the create or delete budget that this request counted on."""
    return Remaining(_count(headers.get(f"{_REMAINING}pt5m")), _count(headers.get(f"{_REMAINING}pt1h")))


def retry_after(headers: Mapping[str, str], message: str) -> float | None:
    """Return the seconds to wait, at most LONGEST, from the headers or from the provider's sentence; None without any.

    A date is measured against the answer's own Date header, so that no clock of ours enters.
    """
    asked = _asked(headers, message)
    return None if asked is None else min(asked, LONGEST)


def _asked(headers: Mapping[str, str], message: str) -> float | None:
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = _number(headers.get(name))
        if milliseconds is not None:
            return milliseconds / 1000
    value = headers.get("Retry-After")
    seconds = _number(value)
    if seconds is None and value:
        seconds = _between(headers.get("Date"), value)
    if seconds is not None:
        return seconds
    again = _AGAIN.search(message)
    return float(again[1]) * _SECONDS[again[2].lower()] if again else None


def _between(start: str | None, end: str) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(end) - parsedate_to_datetime(start or "")).total_seconds())
    except (ValueError, TypeError):
        return None


def _count(value: str | None) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
