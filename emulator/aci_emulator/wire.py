"""A request and a response as ARM sees them: no socket, no framework."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Json = dict[str, Any]

MOST_DIGITS = 19
"""Of a whole number in a request: an int64 has no more, and Python refuses to read thousands."""

ADMIN_PREFIX = "/_emulator/"
"""Where the admin API is, outside ARM's paths."""


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Attributes:
        method: the verb, upper case.
        url: absolute, with the query: links in answers (`Azure-AsyncOperation`, `nextLink`) are built on its host.
        headers: names in any case.
        body: raw bytes, empty when there is none.
        principal: client id of an authenticated caller, checked against its role; None when authentication and
            authorization are checked outside, which allows everything.
        stale: a read is answered as of so many seconds ago, at most 600 (a fault).
        deferred: a DELETE is answered as if it were done, and its effect is left to whoever asks (a fault).
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    principal: str | None = None
    stale: float = 0.0
    deferred: bool = False

    @property
    def path(self) -> str:
        """The path, without the query, as it was sent."""
        return urlsplit(self.url).path

    @property
    def segments(self) -> list[str]:
        """The parts of the path with their %-escapes resolved; doubled slashes count as one, and ends do not."""
        return [unquote(part) for part in self.path.split("/") if part]

    @property
    def base(self) -> str:
        """Scheme and authority, as in https://127.0.0.1:1234."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def query(self) -> dict[str, str]:
        """Query parameters by lower-case name; the last of a repeated one counts."""
        return {name.lower(): value for name, value in parse_qsl(urlsplit(self.url).query, keep_blank_values=True)}

    def header(self, name: str) -> str | None:
        """A header's value by its name in any case."""
        for key, value in self.headers.items():
            if key.lower() == name.lower():
                return value
        return None


@dataclass(frozen=True)
class Response:
    """One HTTP answer.

    Attributes:
        status: the HTTP status code.
        headers: names as Azure spells them.
        body: raw bytes.
        delay: seconds a face waits before it sends this. The effect has happened already.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0

    @classmethod
    def of(cls, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> "Response":
        """A response with a JSON body, or with none at all when `body` is None."""
        if body is None:
            return cls(status, dict(headers or {}))
        return cls.written(status, written(body), headers)

    @classmethod
    def written(cls, status: int, text: str, headers: Mapping[str, str] | None = None) -> "Response":
        """A response with a body of JSON that is written already."""
        content = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        return cls(status, content, text.encode())

    @property
    def document(self) -> Any:
        """The JSON body, or None when there is no body."""
        return json.loads(self.body) if self.body else None


def written(document: Any) -> str:
    """JSON as Azure writes it, without spaces."""
    return json.dumps(document, separators=(",", ":"))


def number(text: str) -> int | None:
    """A whole number that is not negative, in digits alone; None for anything else, also for too many digits."""
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        return None
    return int(text)
