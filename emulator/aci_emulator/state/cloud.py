"""The state of the emulated Azure, and one call against it, as the handlers of all resource types see them."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aci_emulator.errors import refuse
from aci_emulator.latency import Latency, draw
from aci_emulator.life.model import Group, ResourceGroup, Subscription
from aci_emulator.limits.buckets import Buckets
from aci_emulator.limits.budgets import Budgets
from aci_emulator.limits.quota import Usage
from aci_emulator.limits.roles import Roles
from aci_emulator.regions import normal
from aci_emulator.settings import Settings
from aci_emulator.state import documents
from aci_emulator.state.links import Links
from aci_emulator.state.store import Store
from aci_emulator.wire import Json, Request

LONG_AGO = datetime(2017, 7, 25, tzinfo=UTC)
"""When a subscription that is registered from the start was registered."""


@dataclass(frozen=True)
class Listed:
    """How a group was shown in a LIST, under which settings."""

    group: Group
    settings: Settings
    text: str


class Cloud:
    """Everything that lasts between two requests."""

    def __init__(self, settings: Settings, roles: Roles | None = None) -> None:
        self.settings = settings
        self.roles = roles or Roles()
        self.store = Store()
        self.listed: dict[str, Listed] = {}
        self.budgets = Budgets()
        self.buckets = Buckets()
        self.links = Links()
        self.random = random.Random(settings.seed)  # noqa: S311 repeatable on purpose
        for subscription in settings.subscriptions:
            known = Subscription(subscription, LONG_AGO if settings.registered else None)
            self.store.subscriptions[subscription.lower()] = known
            for item in settings.resource_groups:
                name, _, location = item.partition("@")
                group = ResourceGroup(name, subscription, normal(location))
                self.store.resource_groups[group.key] = group

    def guid(self) -> str:
        """A new guid, from the seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def wait(self, latency: Latency) -> float:
        """A duration drawn from a setting, in seconds of the clock."""
        return self.settings.scaled(draw(latency, self.random))

    def usage(self, subscription: str, region: str, now: datetime, *, without: Group | None = None) -> Usage:
        """What is counted against the quotas of a subscription and region, a group left out."""
        if self.settings.variants.quota_of_failed == "counted":
            usage = Usage(dict(self.store.usage(subscription, region).used))
            if without is not None:
                usage.add(without, -1)
            return usage
        usage = Usage()
        for group in self.store.groups(now):
            here = (group.subscription.lower(), group.region) == (subscription.lower(), region)
            if here and group.provisioning != "Failed" and (without is None or group.key != without.key):
                usage.add(group)
        return usage

    def settle(self, now: datetime) -> None:
        """Let go of what is deleted by now: groups, and resource groups with all that is in them."""
        self.store.settle(now)
        gone = [g for g in self.store.resource_groups.values() if g.gone_at is not None and g.gone_at <= now]
        for resource_group in gone:
            inside = [g for g in self.store.stored() if g.key.startswith(f"{resource_group.key}/")]
            for group in inside:
                self.store.remove(group.key, resource_group.gone_at or now)
            del self.store.resource_groups[resource_group.key]
            self.store.version += 1


@dataclass
class Call:
    """One request with its route's parts.

    Attributes:
        headers: what every answer to it carries.
        region: that of the provider which answers; empty as long as ARM itself does.
    """

    request: Request
    now: datetime
    params: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    region: str = ""

    @property
    def body(self) -> Json:
        """The JSON object in the body.

        Raises:
            Refusal: 400 InvalidRequestContent.
        """
        return documents.read(self.request.body)

    def resource_group(self, cloud: Cloud, *, writing: bool = False) -> ResourceGroup:
        """The resource group in the path.

        Raises:
            Refusal: 404 ResourceGroupNotFound; 409 ResourceGroupBeingDeleted when `writing`.
        """
        name = self.params["resourceGroup"]
        found = cloud.store.resource_groups.get(f"/subscriptions/{self.subscription}/resourcegroups/{name}".lower())
        if found is None:
            raise refuse("ResourceGroupNotFound", group=name)
        if writing and found.gone_at is not None:
            raise refuse("ResourceGroupBeingDeleted", group=found.name)
        return found

    @property
    def subscription(self) -> str:
        """The subscription id as it was sent."""
        return self.params["subscription"]

    def after(self, seconds: float) -> datetime:
        """The time so many seconds of the clock from now."""
        return self.now + timedelta(seconds=seconds)
