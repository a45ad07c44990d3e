"""One soak: a real process, its faults, the clients, and a watcher that knows the truth from the admin API."""

import asyncio
import random
import ssl
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aci_emulator.testing import Running, Signer, as_process

from . import soak_checks as checks
from .conftest import CLIENT, SUBJECT, SUBSCRIPTION, TENANT
from .soak_clients import LOCATION, PATH, Client, Seen
from .soak_watcher import LIMITS, Watcher

SCALE = 60
"""Azure's seconds in one of ours."""

LATEST = 70
"""Azure's seconds after which whatever was begun must have come to its end."""

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
        over = asyncio.Event()
        watching = asyncio.create_task(watcher.run(over))
        await asyncio.gather(*(client.run(seconds) for client in crowd))
        over.set()
        await watching
        ended = await calm(running, watcher, crowd[0])
        return report(
            running, watcher, seen, ended, f"seed {seed}, {seconds:g} s, {clients} clients, clock {skew:+g} s"
        )


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
    refused = {400, 409} if watcher.variants["refused_creates"] == "counted" else set()
    for operation, done in (
        ("containerGroups/write", {200, 201} | refused),
        ("containerGroups/delete", {200, 202, 409}),
    ):
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
