"""The machine without sockets: requests in, answers out, on a clock that the test turns."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aci_emulator import Arm, Request, Response, Settings

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
BASE = f"https://azure/subscriptions/{SUBSCRIPTION}"
GROUPS = f"{BASE}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups"
VERSION = "2023-05-01"


class Machine:
    """An Arm and a clock."""

    def __init__(self, arm: Arm | None = None, **settings: Any) -> None:
        given = {"resource_groups": ["rg@westeurope"], "start_latency": 10, "restart_latency": 10, **settings}
        self.arm = arm or Arm(Settings(**given))
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @staticmethod
    def request(method: str, url: str, body: Any = None, principal: str | None = None) -> Request:
        if "api-version" not in url:
            url += f"{'&' if '?' in url else '?'}api-version={VERSION}"
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        return Request(method, url, headers, content, principal)

    def ask(self, method: str, url: str, body: Any = None, principal: str | None = None) -> Response:
        return self.arm.handle(self.request(method, url, body, principal), self.now)

    def put(self, name: str, body: Any) -> Response:
        return self.ask("PUT", f"{GROUPS}/{name}", body)

    def get(self, name: str) -> Response:
        return self.ask("GET", f"{GROUPS}/{name}")

    def delete(self, name: str) -> Response:
        return self.ask("DELETE", f"{GROUPS}/{name}")


def code(response: Response) -> str:
    """The error code of an answer."""
    return str(response.document["error"]["code"])
