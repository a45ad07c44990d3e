"""The clients of a soak: they ask anything at random, and look hard at each answer."""

import asyncio
import json
import random
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aci_emulator import Request, Response
from aci_emulator.testing import Signer

from .bodies import container, document
from .conformance import findings, unknown
from .conftest import CLIENT, SUBJECT, TENANT
from .machine import GROUPS, SUBSCRIPTION, VERSION

PATIENCE = 0.4
"""Seconds after which a client goes away. Holds last longer."""

NAMES = [f"{letter}-{number}" for letter in "ab" for number in range(7)]
IMAGES = ["nginx", "bad", "crash", "job"]
PATH = GROUPS.removeprefix("https://azure")
LOCATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westeurope"
SUBSCRIPTION_LIST = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/containerGroups"


@dataclass
class Seen:
    """What all clients together have seen."""

    answers: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    links: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


class Client:
    """One client with a connection of its own."""

    def __init__(self, endpoint: str, context: ssl.SSLContext, signer: Signer, seed: int, seen: Seen) -> None:
        self.endpoint = endpoint
        self.context = context
        self.signer = signer
        self.chance = random.Random(seed)
        self.seen = seen
        self.token = ""

    async def run(self, seconds: float) -> None:
        """Ask until the time is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        async with self.session() as session:
            while loop.time() < end:
                if not self.token or self.chance.random() < 0.05:
                    await self.sign_in(session)
                method, path, body = self.anything()
                await self.ask(session, method, path, body)

    def session(self, patience: float = PATIENCE) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=self.context)
        return aiohttp.ClientSession(self.endpoint, connector=connector, timeout=aiohttp.ClientTimeout(patience))

    async def sign_in(self, session: aiohttp.ClientSession) -> None:
        """A token, when the endpoint gives one."""
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "scope": "https://management.azure.com/.default",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.signer.token(SUBJECT),
        }
        try:
            async with session.post(f"/{TENANT}/oauth2/v2.0/token", data=form) as answer:
                if answer.status == 200:
                    self.token = (await answer.json())["access_token"]
        except (aiohttp.ClientError, TimeoutError):
            self.seen.lost += 1

    def anything(self) -> tuple[str, str, Any]:
        """A request: method, path, body."""
        group = f"{PATH}/{self.chance.choice(NAMES)}"
        verb = self.chance.choice(["start", "stop", "restart"])
        tags = {"tags": {"n": str(self.chance.randrange(9))}}
        command = {"command": "sh", "terminalSize": {"rows": 24, "cols": 80}}
        requests: list[tuple[int, tuple[str, str, Any]]] = [
            (8, ("PUT", group, self.group())),
            (3, ("DELETE", group, None)),
            (5, ("GET", group, None)),
            (3, ("GET", PATH, None)),
            (2, ("GET", SUBSCRIPTION_LIST, None)),
            (4, ("POST", f"{group}/{verb}", None)),
            (2, ("PATCH", group, tags)),
            (1, ("GET", f"{group}/containers/web/logs", None)),
            (1, ("POST", f"{group}/containers/web/exec", command)),
            (1, ("GET", f"{LOCATION}/usages", None)),
        ]
        weights, choices = zip(*requests, strict=True)
        chosen: tuple[str, str, Any] = self.chance.choices(choices, weights)[0]
        return chosen

    def group(self) -> dict[str, Any]:
        one = container(cpu=self.chance.choice([0.5, 1, 2]), image=self.chance.choice(IMAGES))
        address: dict[str, Any] = {"type": "Public", "ports": [{"port": 80}]}
        if self.chance.random() < 0.3:
            address["dnsNameLabel"] = f"label-{self.chance.randrange(4)}"
        policy = self.chance.choice(["Always", "OnFailure", "Never"])
        return document(containers=[one], ipAddress=address, restartPolicy=policy)

    async def ask(self, session: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Response | None:
        """One request; None when there was no answer to it."""
        target = path if "?" in path else f"{path}?api-version={VERSION}"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with session.request(method, target, json=body, headers=headers) as raw:
                answer = Response(raw.status, dict(raw.headers), await raw.read())
        except (aiohttp.ClientError, TimeoutError):
            self.seen.lost += 1
            return None
        self.seen.answers[answer.status] += 1
        if answer.status == 401:
            self.token = ""
        if link := answer.headers.get("Azure-AsyncOperation"):
            self.seen.links[link.removeprefix(self.endpoint)] = f"{method} {path}"
        request = Request(method, f"{self.endpoint}{target}", {}, json.dumps(body).encode() if body else b"")
        self.seen.violations += [str(finding) for finding in unknown(findings(request, answer))]
        return answer
