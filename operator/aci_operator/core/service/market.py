"""The places of a service, and which of them have room as far as is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, takewhile
from typing import Final

from aci_operator.api.placement import Placement
from aci_operator.core.shortage import Shortage, Size, where

JOINT: Final = "; "
"""Between the places that were passed over."""


@dataclass(frozen=True)
class Place:
    """A place for one replica.

    Attributes:
        zone: None leaves it to Azure.
        subnet_id: Goes before the one of the network, for a Private one.
        passed_over: Which better places had no room and why, one after the other in words; no part of where it is.
    """

    location: str
    zone: str | None = None
    subnet_id: str | None = None
    passed_over: str = field(default="", compare=False)

    def __str__(self) -> str:
        return where(self.location, self.zone)


@dataclass(frozen=True)
class Market:
    """Where there may be room.

    Attributes:
        placements: In order of preference.
        subscription: Of the replicas.
        shortages: Those that are not over.
        doubted: Those that are over, but where nobody has found room since.
    """

    placements: Sequence[Placement]
    subscription: str
    shortages: Sequence[Shortage] = ()
    doubted: Sequence[Shortage] = ()

    def places(self) -> list[list[Place]]:
        """Return the places of each placement."""
        return [[Place(it.location, zone, it.subnet_id) for zone in it.zones or (None,)] for it in self.placements]

    def short(self, place: Place, size: Size) -> list[Shortage]:
        """Return why a group of a size has no room in a place."""
        return [it for it in self.shortages if it.covers(self.subscription, place.location, place.zone, size)]

    def free(self, size: Size) -> list[Place]:
        """Return the places of the first placement that has room; none when all are short."""
        left = ([place for place in places if not self.short(place, size)] for places in self.places())
        return next((places for places in left if places), [])

    def passed_over(self, place: Place, rather: Place, size: Size) -> str:
        """Return where a group of a size has no room that is made in a place, and why, in words; "" for nowhere.

        Args:
            place: What is short there too keeps nothing from elsewhere.
            rather: The place beside it where it would be if all had room.
            size: Of the group.
        """
        before = takewhile(lambda places: place not in places, self.places())
        better = [*chain.from_iterable(before), *([rather] if rather != place else [])]
        here = self.short(place, size)
        shortages = (it for other in better for it in self.short(other, size) if it not in here)
        return JOINT.join(dict.fromkeys(f"{it.reason} in {where(it.location, it.zone)}" for it in shortages))

    def sure(self, size: Size) -> bool:
        """Tell whether there is a place with room that is not in doubt."""
        return bool(replace(self, shortages=(*self.shortages, *self.doubted)).free(size))

    def found(self, location: str, zone: str | None) -> Place:
        """Return the place of a group that is in Azure already.

        A LIST shows no subnet, and a private group must name one: that of the placement which fits best.
        """
        best = max(self.placements, key=lambda it: (it.location == location, not it.zones or zone in it.zones))
        return Place(location, zone, best.subnet_id)

    def soonest(self, size: Size) -> Place:
        """Return the place whose shortages end first."""

        def ends(place: Place) -> datetime:
            return max(shortage.until for shortage in self.short(place, size))

        return min((place for places in self.places() for place in places), key=ends)
