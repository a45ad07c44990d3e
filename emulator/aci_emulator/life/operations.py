"""The phases of a long-running operation. Pure."""

from dataclasses import replace
from datetime import datetime

from aci_emulator.life.model import Event, Group, Operation, Outcome, Verb

TIMEOUT = "Subscription deployment didn't reach a successful provisioning state after '00:30:00'."
"""Captured: the end of the message of an operation that ran into the deadline."""


def waiting(verb: Verb, seconds: float) -> float:
    """How much of an operation's `seconds` it is Pending: a fifth, and nothing of a restart (assumption)."""
    return 0.0 if verb == "restart" else seconds / 5


def status(operation: Operation, now: datetime) -> str:
    """The status word at `now`, then Succeeded, Failed or Canceled.

    Recorded: Updating all through a restart, Pending through a start, Pending and Creating through a PUT's.
    Deleting through a DELETE's is assumed.
    """
    if operation.outcome is not None:
        return operation.outcome
    if operation.verb == "restart":
        return "Updating"
    if operation.verb == "delete":
        return "Deleting"
    return "Pending" if operation.verb == "start" or now < operation.working else "Creating"


def ended(operation: Operation, at: datetime, outcome: Outcome, message: str = "") -> Operation:
    """The operation with its end."""
    return replace(operation, ended=at, outcome=outcome, message=message)


def events(group: Group) -> list[Event]:
    """What an operation lists: the events of all containers, but not those of init containers (recorded 2021)."""
    return [event for container in group.containers for event in container.events]


def told(group: Group, sentence: str | None = None) -> str:
    """The message of a failure: all events' messages, and a last sentence (three captures).

    Those of the group and its init containers come first: without them nothing would tell what failed (assumption).
    """
    before = [*group.events, *(event for container in group.init_containers for event in container.events)]
    return ";".join([e.message for e in [*before, *events(group)]] + ([sentence] if sentence else []))
