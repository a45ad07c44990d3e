"""Who knows the truth in a soak: looks through the admin API, spoils answers, plays the platform."""

import asyncio
import random
from collections import Counter
from typing import Any

from aci_emulator.admin.client import AdminError
from aci_emulator.admin.client import Client as Admin

from . import soak_checks as checks

LIMITS = {"group_quota": 9, "core_quota": 12, "budget_5m": 50, "budget_1h": 500}

FAULTS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("answer", 0.01, {"status": 418, "code": "Injected"}),
    ("answer-after", 0.01, {"status": 504, "code": "Injected"}),
    ("server-timeout", 0.01, {}),
    ("cut-before", 0.01, {}),
    ("cut-after", 0.01, {}),
    ("hold-before", 0.01, {}),
    ("hold-after", 0.01, {}),
    ("delay-before", 0.01, {"seconds": 10}),
    ("delay-after", 0.01, {"seconds": 10}),
    ("unauthorized", 0.01, {}),
    ("forbidden", 0.01, {}),
    ("stale", 0.05, {"seconds": 30}),
    ("not-found", 0.05, {}),
    ("late-delete", 0.3, {"seconds": 20}),
    ("omit", 0.1, {"name": "a-*"}),
    ("empty", 0.1, {}),
    ("partial", 0.1, {"share": 0.5}),
    ("duplicate", 0.1, {}),
    ("token-down", 0.1, {}),
    ("token-busy", 0.1, {}),
)
"""Kinds, how often they hit what they can hit, and what else they need."""


class Watcher:
    """Knows the truth from the admin API, plays the platform, and lets go what is held."""

    def __init__(self, admin: Admin, chance: random.Random) -> None:
        self.admin = admin
        self.chance = chance
        self.variants: dict[str, str] = admin.settings()["variants"]
        self.last: dict[str, checks.Line] = {}
        self.most = 0
        self.acts: Counter[str] = Counter()
        self.violations: list[str] = []

    def spoil(self) -> None:
        """Put a fault of every kind in force."""
        for kind, probability, fields in FAULTS:
            self.put(kind, probability, fields)

    def put(self, kind: str, probability: float, fields: dict[str, Any]) -> None:
        seed = self.chance.randrange(10**9)
        self.admin.rule(kind, probability=probability, seed=seed, count=None, **fields)

    async def run(self, over: asyncio.Event) -> None:
        """Look and act until it is over."""
        while not over.is_set():
            await asyncio.sleep(0.2)
            await asyncio.to_thread(self.turn)

    def turn(self) -> None:
        """One look, and something that the platform does to a group."""
        self.look()
        if self.admin.held():
            self.admin.release()
            for kind, probability, fields in FAULTS:
                if kind.startswith("hold"):
                    self.put(kind, probability, fields)
        if self.last:
            act = self.chance.choice(["kill", "platform_kill", "maintenance", "remove", "exit"])
            line = self.chance.choice(list(self.last.values()))
            try:
                getattr(self.admin, act)(line["id"])
            except AdminError:
                return  # It has gone, or nothing in it runs.
            self.acts[act] += 1

    def look(self) -> None:
        """What exists, against the limits and against the last look."""
        lines = self.admin.groups()
        free = self.variants["quota_of_failed"] == "free"
        self.violations += checks.groups(lines, LIMITS["group_quota"], failed_is_free=free)
        now: dict[str, checks.Line] = {line["uid"]: line for line in lines}
        for uid in now.keys() & self.last.keys():
            self.violations += checks.changes(self.last[uid], now[uid])
        self.last = now
        self.most = max(self.most, len(lines))
