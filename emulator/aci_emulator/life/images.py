"""From an image's rule to what one container will do, drawn once."""

import random

from aci_emulator.images import Image
from aci_emulator.latency import Latency, draw
from aci_emulator.life.containers import PLATFORM_KILL, detail
from aci_emulator.life.script import Ending, Script
from aci_emulator.settings import Settings
from aci_emulator.wire import Json

LARGEST_IMAGE = 15.0
"""GB (documented)."""

SECONDS_PER_GB = 8.0
"""Of a pull: assumption, a line of about a gigabit a second."""

UNTIL_OUT_OF_MEMORY = 5.0
"""Seconds after its start at which an image that uses too much is killed, unless its run is shorter: assumption."""

OUT_OF_MEMORY = (137, "OOMKilled")
"""Assumption, with little behind it: the kubelet's word; for ACI only a guide says "OOM Killed"."""


def script(
    rule: Image, properties: Json, stage: float, settings: Settings, chance: random.Random, *, init: bool
) -> Script:
    """What a container does until its group's next operation.

    Args:
        rule: what its image does.
        properties: of the container, as stored.
        stage: seconds of the clock from the pull to the start, where the rule says nothing.
        settings: for the time scale and the variants.
        chance: draws.
        init: whether it is an init container.
    """

    def seconds(latency: Latency) -> float:
        return settings.scaled(draw(latency, chance))

    pull = stage / 2
    if rule.pull is not None:
        pull = seconds(rule.pull)
    elif rule.pull_size is not None:
        pull = seconds(rule.pull_size * SECONDS_PER_GB)
    start = stage / 2 if rule.start is None else seconds(rule.start)
    length = 0.0 if init else None
    if rule.run is not None:
        length = None if rule.run == "forever" else seconds(rule.run)
    failing, error = _failing_pulls(rule)
    return Script(
        pull=pull,
        start=start,
        ending=_ending(rule, properties, length, settings),
        failing_pulls=failing,
        pull_error=error,
        cannot_start=rule.cannot_start,
        stubborn=settings.variants.failure_under_never == "restarts-once",
        time_scale=settings.time_scale,
    )


def _failing_pulls(rule: Image) -> tuple[int | None, str]:
    if rule.registry == "refuses":
        return None, "the registry denied the request"
    if (rule.pull_size or 0) > LARGEST_IMAGE:
        return None, f"the image is larger than {LARGEST_IMAGE:g} GB"
    return (None if rule.pull_fails == "always" else rule.pull_fails), "image not found"


def _ending(rule: Image, properties: Json, length: float | None, settings: Settings) -> Ending | None:
    """The first of what can end a run."""
    endings = []
    if length is not None:
        endings.append(Ending(length, rule.exit_code, detail(rule.exit_code)))
    limit = _memory_limit(properties)
    if rule.memory is not None and limit is not None and rule.memory > limit:
        endings.append(Ending(settings.scaled(UNTIL_OUT_OF_MEMORY), *OUT_OF_MEMORY))
    if rule.liveness_fails_after is not None and properties.get("livenessProbe"):
        unhealthy = settings.variants.unhealthy_event == "present"
        endings.append(Ending(settings.scaled(rule.liveness_fails_after), *PLATFORM_KILL, unhealthy=unhealthy))
    return min(endings, key=lambda ending: ending.after, default=None)


def _memory_limit(properties: Json) -> float | None:
    resources = properties.get("resources") or {}
    for amounts in (resources.get("limits") or {}, resources.get("requests") or {}):
        if amounts.get("memoryInGB") is not None:
            return float(amounts["memoryInGB"])
    return None
