"""What the plan of a container group can ask for: at most one effect, the status to show, and when to look again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aci_operator.api.group import GroupStatus
from aci_operator.core.story import Tell


@dataclass(frozen=True)
class AddFinalizer:
    """Make sure that the object cannot go before the group."""


@dataclass(frozen=True)
class RemoveFinalizer:
    """Let the object go."""


@dataclass(frozen=True)
class ReadGroup:
    """GET the group.

    Attributes:
        at_rest: Whether nothing calls for it but time.
    """

    at_rest: bool = False


@dataclass(frozen=True)
class CreateResourceGroup:
    """Make the resource group that the user wants made when it is missing."""


@dataclass(frozen=True)
class PutGroup:
    """PUT the group. The status, with `requestedAt` in it, is written before."""


@dataclass(frozen=True)
class DeleteGroup:
    """DELETE the group."""


@dataclass(frozen=True)
class ReplaceTags:
    """PATCH the group's tags."""

    tags: Mapping[str, str]


@dataclass(frozen=True)
class PutBackTags:
    """PATCH the group's tags as well; that it fails stands in the way of nothing."""

    tags: Mapping[str, str]


Effect = (
    AddFinalizer
    | RemoveFinalizer
    | ReadGroup
    | CreateResourceGroup
    | PutGroup
    | DeleteGroup
    | ReplaceTags
    | PutBackTags
)


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        status: The status that the object should have before the effect.
        effect: None when there is nothing to do but wait.
        after: Seconds until the next look; only read when there is no effect.
        soon: Whether Azure is expected to change something: LISTs are then frequent.
        news: What the status shows for the first time, for people: told once it is written.
        tell: What the effect does, for people: told once that has come about.
    """

    status: GroupStatus
    effect: Effect | None = None
    after: float | None = None
    soon: bool = False
    news: tuple[Tell, ...] = field(default=())
    tell: tuple[Tell, ...] = field(default=())
