"""Waiting for a condition with a deadline: the only way in which anything here waits."""

import contextlib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.05


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float) -> None:
    """Return when the condition holds.

    Raises:
        TimeoutError: it did not within `seconds`; the message names `what` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(POLL_SECONDS)


def answers_ok(url: str, ca: Path | None = None) -> bool:
    """Tell whether a GET of the URL is answered with 200. No proxy of the environment is used."""
    context = ssl.create_default_context(cafile=str(ca)) if ca else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    with contextlib.suppress(urllib.error.URLError, OSError), opener.open(url, timeout=5) as answer:
        return int(answer.status) == 200
    return False
