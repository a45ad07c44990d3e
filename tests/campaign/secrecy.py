"""P14: what must show nowhere, and whether it did: in logs, in Events, in a status, in metrics."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aci_operator.kube.api import EVENTS, GROUPS, SERVICES

from tests.campaign.acts import SECRET
from tests.model.canary import CANARY
from tests.model.entra import TOKEN
from tests.simulation.world import World

SECRETS: Final = (SECRET, TOKEN, CANARY)


class Ear(logging.Handler):
    """Listens to a logger. Tracebacks are part of what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Hear one record."""
        said = self.format(record)
        if any(secret in said for secret in SECRETS):
            self.leaks.append(f"P14: logged: {said}")


@contextmanager
def listening() -> Iterator[Ear]:
    """Listen to all that the operator logs, and let nobody else hear it."""
    logger, ear = logging.getLogger("aci_operator"), Ear()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield ear
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
        logger.propagate = propagate


def leaks(world: World) -> list[str]:
    """Return where a secret shows in what the operator has told, specs and revisions excepted."""
    return [*_written(world), *_counted(world)]


def _written(world: World) -> list[str]:
    """Look through all that was ever written to the cluster."""
    shown = []
    for change in world.cluster.objects.history:
        if change.place.resource == EVENTS:
            said = repr(change.manifest)
        elif change.place.resource in (SERVICES, GROUPS):
            said = repr(change.manifest.get("status"))
        else:
            continue
        if any(secret in said for secret in SECRETS):
            shown.append(f"P14: {change.place.resource.plural} {change.place.name}: {said}")
    return shown


def _counted(world: World) -> list[str]:
    """Look through what /metrics of each process says at the end; a label that was once counted stays there."""
    lines = (line for metrics in world.metrics for line in metrics.exposition().decode().splitlines())
    return [f"P14: /metrics: {line}" for line in lines if any(secret in line for secret in SECRETS)]
