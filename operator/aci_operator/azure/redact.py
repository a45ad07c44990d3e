"""What of a foreign text may reach a status, an Event or a log."""

import re
from typing import Final

from aci_operator.core.errors import MESSAGE_LIMIT

_MASK: Final = "[redacted]"
_NAMES: Final = (
    "sig|signature|password|passwd|passphrase|pwd|secret|token|secure[_-]?value|api[_-]?key|account[_-]?key"
    "|access[_-]?key|client[_-]?assertion"
)
"""How the name of a secret ends, whatever comes before: DB_PASSWORD, --api-key, storageAccountKey."""

# A text can be long and hostile. In each pattern, what is repeated ends where the next part begins, and a match ends
# where the next can begin, so that no part of a text is tried more than a few times.
_SECRETS: Final = (
    (re.compile(r"eyJ[\w-]{8,}(\.[\w-]*){0,2}"), _MASK),  # a JSON web token, whole or cut
    (re.compile(r"(?<=bearer )\S+", re.IGNORECASE), _MASK),
    (
        # In quotes also of JSON within JSON, or that are not closed: a text is cut somewhere.
        re.compile(
            rf"((?:{_NAMES})\\*[\"']?\s*[=:]\s*)(?:(\\*\")[^\"]+|(\\*')[^']+|[^\s\"'&;,]+)",
            re.IGNORECASE,
        ),
        rf"\1\2\3{_MASK}",
    ),
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"), _MASK),  # user and password in a URL
)


def redacted(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return a foreign text in one line, without what looks like a secret, and cut to the limit."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
