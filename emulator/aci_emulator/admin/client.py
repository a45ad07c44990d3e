"""A client of the admin API: standard library only, so that a test of any kind can use it."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from aci_emulator.wire import ADMIN_PREFIX, Json


class AdminError(Exception):
    """The emulator refused, or cannot be reached; the text is for people."""


class Client:
    """Talks to a running emulator.

    Args:
        endpoint: like https://127.0.0.1:1234.
        ca: the emulator's ca.pem.
        timeout: seconds for one call.
    """

    def __init__(self, endpoint: str, ca: Path, timeout: float = 10.0) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._context = ssl.create_default_context(cafile=str(ca))
        self._timeout = timeout

    def call(self, method: str, command: str, body: Any = None, **query: str) -> list[Json]:
        """One command; gives its lines.

        Raises:
            AdminError: refused or unreachable.
        """
        url = f"{self._endpoint}{ADMIN_PREFIX}{command}"
        if query:
            url = f"{url}?{urllib.parse.urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 the scheme is the caller's
            with urllib.request.urlopen(request, timeout=self._timeout, context=self._context) as answer:  # noqa: S310
                lines: list[Json] = json.load(answer)["lines"]
                return lines
        except urllib.error.HTTPError as error:
            raise AdminError(_sentence(error)) from error
        except (OSError, ValueError) as error:  # no answer, no URL, or the answer of something else
            raise AdminError(f"cannot reach the emulator at {self._endpoint}: {error}") from error

    def groups(self) -> list[Json]:
        """Groups alive."""
        return self.call("GET", "groups")

    def requests(self, since: float = 0.0) -> list[Json]:
        """The record of requests."""
        return self.call("GET", "requests", since=repr(since))

    def peak(self, tag: str | None = None) -> list[Json]:
        """The most alive at once; `tag` is KEY=VALUE."""
        return self.call("GET", "peak", **({"tag": tag} if tag else {}))

    def reset_peak(self) -> None:
        """Count peaks from now on."""
        self.call("POST", "peak/reset")

    def kill(self, group: str) -> Json:
        """A group's containers end and stay so."""
        return self.call("POST", "kill", {"group": group})[0]

    def platform_kill(self, group: str) -> Json:
        """The platform ends a group's containers; the restart policy says what follows."""
        return self.call("POST", "platform-kill", {"group": group})[0]

    def maintenance(self, group: str) -> Json:
        """The platform moves a group: its containers begin again on another address."""
        return self.call("POST", "maintenance", {"group": group})[0]

    def evict(self, group: str) -> Json:
        """A Spot group is evicted, and restarted by itself."""
        return self.call("POST", "evict", {"group": group})[0]

    def exit(self, group: str, code: int = 0, container: str | None = None) -> Json:
        """A container (the first one by default) ends by itself."""
        return self.call("POST", "exit", {"group": group, "code": code, "container": container})[0]

    def remove(self, group: str) -> Json:
        """A group vanishes."""
        return self.call("POST", "remove", {"group": group})[0]

    def place(self, **group: Any) -> Json:
        """Put a foreign group there: resource_group, name, location, tags."""
        return self.call("POST", "groups", group)[0]

    def rule(self, kind: str, **fields: Any) -> str:
        """Put a rule in force, of the fields that `front.declared.rule` reads; gives its id."""
        return str(self.call("POST", "rules", {"kind": kind, **fields})[0]["id"])

    def rules(self) -> list[Json]:
        """Rules and their hits."""
        return self.call("GET", "rules")

    def hits(self) -> dict[str, int]:
        """Hits of each kind that ever had a rule, those of rules that are gone included."""
        return {line["kind"]: line["hits"] for line in self.call("GET", "hits")}

    def held(self) -> list[Json]:
        """Requests held now."""
        return self.call("GET", "held")

    def release(self, rule: str = "all") -> list[Json]:
        """Lift holds."""
        return self.call("POST", "release", {"id": rule})

    def clear(self) -> list[Json]:
        """Lift all rules."""
        return self.call("POST", "clear")

    def settings(self) -> Json:
        """The settings in force."""
        return self.call("GET", "settings")[0]

    def change(self, **assignments: Any) -> Json:
        """Change settings."""
        return self.call("POST", "settings", assignments)[0]

    def set_role(self, role: Any, principal: str | None = None, scope: str | None = None) -> None:
        """Give a role, or a list of them, to a principal or to all without their own; at a scope, if given."""
        self.call("POST", "role", {"role": role, "principal": principal, "scope": scope})


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"
