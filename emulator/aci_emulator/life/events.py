"""Events of instance views."""

from dataclasses import replace
from datetime import datetime

from aci_emulator.life.model import Container, Event

Events = tuple[Event, ...]


def added(container: Container, at: datetime, name: str, message: str, *, kind: str = "Normal") -> Container:
    """Add an event to a container's."""
    return replace(container, events=joined(container.events, at, name, message, kind=kind))


def joined(events: Events, at: datetime, name: str, message: str, *, kind: str = "Normal") -> Events:
    """Add an event; an equal one that is there already counts up instead (recorded since 2024)."""
    for index, event in enumerate(events):
        if (event.name, event.message) == (name, message):
            repeated = replace(event, count=event.count + 1, last=at)
            return (*events[:index], repeated, *events[index + 1 :])
    return (*events, Event(name, message, at, at, type=kind))
