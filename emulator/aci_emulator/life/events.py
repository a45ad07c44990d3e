"""Events of instance views."""

from dataclasses import replace
from datetime import datetime

from aci_emulator.life.model import Container, Event


def added(container: Container, at: datetime, name: str, message: str, *, kind: str = "Normal") -> Container:
    """Add an event; an equal one that is there already counts up instead (recorded since 2024)."""
    for index, event in enumerate(container.events):
        if (event.name, event.message) == (name, message):
            repeated = replace(event, count=event.count + 1, last=at)
            events = (*container.events[:index], repeated, *container.events[index + 1 :])
            return replace(container, events=events)
    return replace(container, events=(*container.events, Event(name, message, at, at, type=kind)))
