"""How Azure says how long to wait."""

from datetime import timedelta


def whole_seconds(wait: timedelta) -> str:
    """A Retry-After value: rounded up, at least 1."""
    return str(max(1, -int(-wait.total_seconds() // 1)))
