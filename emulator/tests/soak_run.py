"""One soak: a real process, its faults, the clients, and a watcher that knows the truth from the admin API."""

import asyncio
import random
import ssl
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aci_emulator.admin.client import AdminError
from aci_emulator.admin.client import Client as Admin
from aci_emulator.testing import Running, Signer, as_process

from . import soak_checks as checks
from .conftest import CLIENT, SUBJECT, SUBSCRIPTION, TENANT
from .soak_clients import LOCATION, PATH, Client, Seen

SCALE = 60
"""Azure's seconds in one of ours."""

LATEST = 70
"""Azure's seconds after which whatever was begun must have come to its end."""

LIMITS = {"group_quota": 9, "core_quota": 12, "budget_5m": 300, "budget_1h": 3000}
SETTINGS: dict[str, Any] = {
    **LIMITS,
    "time_scale": SCALE,
    "start_latency": [5, 30],
    "provisioning_timeout": LATEST - 10,
    "arm_reads": 100_000,
    "arm_writes": 100_000,
    "images": "{bad: {pull_fails: always}, crash: {run: 20, exit_code: 1}, job: {run: [20, 200]}}",
    "resource_groups": "[rg@westeurope]",
}
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
    ("late-delete", 0.1, {"seconds": 20}),
    ("omit", 0.1, {"name": "a-*"}),
    ("empty", 0.1, {}),
    ("partial", 0.1, {"share": 0.5}),
    ("duplicate", 0.1, {}),
    ("token-down", 0.1, {}),
    ("token-busy", 0.1, {}),
)
"""Kinds, how often they hit what they can hit, and what else they need."""


@dataclass
class Report:
    """What a soak has seen: lines for people, what did not hold, and the faults that hit nothing."""

    lines: list[str]
    violations: list[str]
    unused: list[str]


async def soak(folder: Path, seconds: float, seed: int, clients: int) -> Report:
    """Run one soak."""
    chance = random.Random(seed)
    signer = Signer()
    skew = round(chance.uniform(-2, 2), 2)
    chosen = {**SETTINGS, "variants_seed": seed, "seed": seed, "clock_skew": skew}
    keys = signer.write_public_key(folder / "issuer.pem")
    words = ["--tenant", TENANT, "--subscription", SUBSCRIPTION, "--federated", f"{CLIENT}={SUBJECT}"]
    words += ["--issuer", signer.issuer, "--issuer-keys", str(keys)]
    words += [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]
    with as_process(folder, words) as running:
        seen = Seen()
        context = ssl.create_default_context(cafile=str(running.ca))
        crowd = [Client(running.endpoint, context, signer, chance.randrange(10**9), seen) for _ in range(clients)]
        watcher = Watcher(running.admin, chance)
        watcher.spoil()
        watching = asyncio.create_task(watcher.run())
        await asyncio.gather(*(client.run(seconds) for client in crowd))
        watching.cancel()
        ended = await calm(running, watcher, crowd[0])
        return report(
            running, watcher, seen, ended, f"seed {seed}, {seconds:g} s, {clients} clients, clock {skew:+g} s"
        )


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

    async def run(self) -> None:
        """Look and act until cancelled."""
        while True:
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


async def calm(running: Running, watcher: Watcher, client: Client) -> dict[str, str]:
    """No faults any more: every operation ends, and all ways to ask tell the same. Gives the operations' states."""
    running.admin.clear()
    await asyncio.sleep(LATEST / SCALE)
    states: dict[str, str] = {}
    async with client.session(patience=60) as session:
        await client.sign_in(session)
        for link in client.seen.links:
            answer = await client.ask(session, "GET", link)
            states[link] = answer.document.get("status", "no status") if answer is not None else "no answer"
        listed = await client.ask(session, "GET", PATH)
        usage = await client.ask(session, "GET", f"{LOCATION}/usages")
    watcher.look()
    names = sorted(line["name"] for line in watcher.last.values())
    shown = sorted(item["name"] for item in listed.document["value"]) if listed is not None else None
    if names != shown:
        watcher.violations.append(f"there are {names}, LIST shows {shown}")
    if usage is None or usage.status != 200:
        watcher.violations.append("no usages")
    elif watcher.variants["quota_of_failed"] == "counted":
        used = next(row for row in usage.document["value"] if row["name"]["value"] == "ContainerGroups")["currentValue"]
        if used != len(names):
            watcher.violations.append(f"{len(names)} groups, usages say {used}")
    return states


def report(running: Running, watcher: Watcher, seen: Seen, ended: dict[str, str], title: str) -> Report:
    """Everything that was seen, and the checks that need all of it."""
    record = running.admin.requests()
    fixed = watcher.variants["budget_window"] == "fixed"
    violations = [*seen.violations, *watcher.violations, *checks.record(record), *checks.ends(ended)]
    for operation in ("containerGroups/write", "containerGroups/delete"):
        done = {200, 201} if operation.endswith("write") else {200, 202}
        times = [r["at"] for r in record if r["operation"] == operation and r["status"] in done and not r["fault"]]
        for limit, window in (("budget_5m", 300), ("budget_1h", 3600)):
            violations += checks.budget(operation, times, LIMITS[limit], window / SCALE, fixed=fixed)
    hits = running.admin.hits()
    if running.process is not None and running.process.poll() is not None:
        violations.append("the emulator has ended")
    asked = Counter(line["operation"] for line in record)
    return Report(
        lines=[
            title,
            f"variants: {counted(watcher.variants)}",
            f"{len(record)} requests: {counted(asked)}",
            f"{sum(seen.answers.values())} answers: {counted(seen.answers)}; {seen.lost} without",
            f"{len(ended)} operations: {counted(Counter(ended.values()))}; most groups at once {watcher.most}",
            f"the platform: {counted(watcher.acts)}",
            f"faults: {counted(hits)}",
        ],
        violations=sorted(set(violations)),
        unused=list(checks.unused(hits)),
    )


def counted(numbers: Any) -> str:
    """Names with their numbers."""
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items(), key=lambda item: str(item[0])))
