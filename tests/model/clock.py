"""The event loop's time as a calendar: second 0 of the loop is EPOCH."""

import asyncio
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """Return the moment that the running loop's clock shows."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


def stamp(moment: datetime) -> str:
    """Write a moment as metadata does: whole seconds, cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
