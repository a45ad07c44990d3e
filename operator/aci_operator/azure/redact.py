"""What of a foreign text may reach a status, an Event or a log."""

import re
from typing import Final

from aci_operator.core.errors import MESSAGE_LIMIT

_SECRETS: Final = (
    re.compile(r"eyJ[\w-]{8,}(\.[\w-]*){0,2}"),  # a JSON web token, whole or cut
    re.compile(r"(?<=bearer )\S+", re.IGNORECASE),
    re.compile(
        r"(?<![\w-])(?:sig|signature|password|passwd|pwd|secret|token|api_?key|accountkey|sharedaccesskey"
        r"|client_secret|client_assertion|access_token)[\"']?\s*[=:]\s*[\"']?(?P<value>[^\s\"'&;,]+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?<=://)[^\s/@]+:[^\s/@]+(?=@)"),  # user and password in a URL
)
_MASK: Final = "[redacted]"


def redacted(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return a foreign text in one line, without what looks like a secret, and cut to the limit."""
    for pattern in _SECRETS:
        text = pattern.sub(_mask, text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _mask(match: re.Match[str]) -> str:
    value = match.groupdict().get("value")
    return _MASK if value is None else match.group().replace(value, _MASK)
