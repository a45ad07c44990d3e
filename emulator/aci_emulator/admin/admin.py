"""What tests and demonstrations do behind Azure's back: look, kill, remove, place, hold, break."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aci_emulator.arm import writes
from aci_emulator.arm.projection import stamp
from aci_emulator.front.faults import Rule
from aci_emulator.front.front import Front
from aci_emulator.life import groups
from aci_emulator.life.model import Group
from aci_emulator.limits.roles import parse_all
from aci_emulator.state import addresses
from aci_emulator.state.cloud import Call
from aci_emulator.wire import Json, Request


class NotThere(LookupError):
    """No such group, or no such rule."""


class Admin:
    """The admin API as Python. Each method gives JSON lines; times are the front's clock."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._arm = front.arm

    def groups(self) -> list[Json]:
        """A line for each group alive."""
        return [_line(group) for group in self._arm.cloud.store.groups(self._now())]

    def requests(self, since: float = 0.0) -> list[Json]:
        """A line for each request that arrived at or after a time (seconds since the epoch)."""
        return [entry.line for entry in self._front.record.since(since)]

    def peak(self, tag: tuple[str, str] | None = None) -> list[Json]:
        """The most groups alive at once: of one tag, or a line for all groups and one for each pair ever seen."""
        self._now()
        census = self._arm.cloud.store.census
        if tag is not None:
            return [{"tag": tag[0], "value": tag[1], "peak": census.peak[tag], "alive": census.alive[tag]}]
        lines: list[Json] = [{"tag": None, "value": None, "peak": census.total_peak, "alive": census.total}]
        for (name, value), most in census.peak.items():
            lines.append({"tag": name, "value": value, "peak": most, "alive": census.alive[name, value]})
        return lines

    def reset_peak(self) -> None:
        """Count peaks from now on."""
        self._now()
        self._arm.cloud.store.census.reset()

    def kill(self, name: str) -> Json:
        """A group's containers end and stay so, see `groups.kill`.

        Raises:
            NotThere: no such group.
        """
        return self._change(name, groups.kill)

    def platform_kill(self, name: str) -> Json:
        """The platform ends a group's containers (exit 7147, "SIGINT"); its restart policy says what follows.

        Raises:
            NotThere: no such group.
        """
        return self._change(name, groups.platform_kill)

    def maintenance(self, name: str) -> Json:
        """The platform moves a group: its containers begin again, and its address changes.

        Raises:
            NotThere: no such group.
        """
        cloud = self._arm.cloud
        repairing = cloud.settings.variants.moving_state == "Repairing"

        def moved(group: Group, now: datetime) -> Group:
            ip = addresses.choose(group, cloud.store.stored(), cloud.random)
            return groups.move(group, now, ip, repairing=repairing)

        return self._change(name, moved)

    def evict(self, name: str) -> Json:
        """Azure wants a Spot group's place back: it is restarted by itself, elsewhere (documented).

        Raises:
            NotThere: no such group.
            ValueError: it is no Spot group.
        """
        if not self._find(name, self._now()).spot:
            raise ValueError(f"{name!r} has not the priority Spot")
        return self.maintenance(name)

    def exit(self, name: str, code: int = 0, container: str | None = None) -> Json:
        """A container ends by itself: the one of that name, otherwise the group's first.

        Raises:
            NotThere: no such group.
            ValueError: the container does not run.
        """

        def ended(group: Group, now: datetime) -> Group:
            return groups.end_run(group, now, container or group.containers[0].name, code)

        return self._change(name, ended)

    def remove(self, name: str) -> Json:
        """A group vanishes, as if deleted by hand; no budget, no state is in the way.

        Raises:
            NotThere: no such group.
        """
        now = self._now()
        group = self._find(name, now)
        self._arm.cloud.store.remove(group.key, now)
        return _line(group)

    def place(
        self,
        *,
        resource_group: str,
        name: str,
        location: str,
        tags: dict[str, str] | None = None,
        subscription: str | None = None,
        image: str = "mcr.microsoft.com/azuredocs/aci-helloworld",
    ) -> Json:
        """Put a group there that another client made: through the rules, past tokens, roles and the record.

        Raises:
            Refusal: Azure's rules refuse it.
        """
        cloud, now = self._arm.cloud, self._now()
        wanted = subscription or next(iter(cloud.store.subscriptions.values())).id
        requests = {"cpu": 1.0, "memoryInGB": 1.5}
        container = {"name": "main", "properties": {"image": image, "resources": {"requests": requests}}}
        body = {
            "location": location,
            "tags": tags or {},
            "properties": {
                "osType": "Linux",
                "containers": [container],
                "ipAddress": {"type": "Public", "ports": [{"port": 80, "protocol": "TCP"}]},
            },
        }
        params = {"subscription": wanted, "resourceGroup": resource_group, "name": name}
        request = Request("PUT", "https://emulator/", body=json.dumps(body).encode())
        writes.put(cloud, Call(request, now, params))
        return _line(self._find(name, now, resource_group))

    def add_rule(self, rule: Rule) -> str:
        """Put a fault or a hold in force; gives its id."""
        return self._front.faults.add(rule)

    def rules(self) -> list[Json]:
        """A line for each rule, with its hits."""
        return [rule.line for rule in self._front.faults.rules]

    def hits(self) -> list[Json]:
        """A line for each kind that ever had a rule, with its hits, those of rules that are gone included."""
        return [{"id": None, "kind": kind, "hits": hits} for kind, hits in self._front.faults.counts.items()]

    def held(self) -> list[Json]:
        """A line for each request that waits at a hold now."""
        return [{"rule": h.rule, "when": h.when, **h.entry.line} for h in self._front.held]

    def release(self, rule_id: str = "all") -> list[str]:
        """Lift holds and let their requests go on; gives their ids.

        Raises:
            NotThere: no hold of that id.
        """
        try:
            return self._front.faults.release(rule_id)
        except KeyError as error:
            raise NotThere(f"no hold {rule_id!r}") from error

    def clear(self) -> list[str]:
        """Lift all rules; gives their ids."""
        return self._front.faults.clear()

    def settings(self) -> Json:
        """The settings in force."""
        return self._arm.settings.model_dump(mode="json")

    def change(self, assignments: dict[str, Any]) -> Json:
        """Change settings, from now on.

        Raises:
            ValueError: an unknown name or a wrong value.
        """
        self._arm.settings = self._arm.settings.changed(assignments)
        return self.settings()

    def set_role(self, document: Any, principal: str | None = None, scope: str | None = None) -> None:
        """Give a role, or a list of them, to one principal, or to all that have none of their own.

        They are assigned at the scope, or else where each says that it may be.

        Raises:
            ValueError: not a role definition.
        """
        roles = parse_all(document)
        self._arm.cloud.roles.assign(principal, *(role.at(scope) if scope else role for role in roles))

    def _now(self) -> datetime:
        """The time, after everything that was to go by now has gone."""
        now = self._front.clock()
        self._arm.cloud.settle(now)
        return now

    def _change(self, name: str, change: Callable[[Group, datetime], Group]) -> Json:
        now = self._now()
        changed = change(self._find(name, now), now)
        self._arm.cloud.store.put(changed, now)
        return _line(changed)

    def _find(self, name: str, now: datetime, resource_group: str | None = None) -> Group:
        wanted = name.lower()
        for group in self._arm.cloud.store.groups(now):
            if resource_group is not None and group.resource_group.lower() != resource_group.lower():
                continue
            if wanted in {group.key, group.name.lower()}:
                return group
        raise NotThere(f"no container group {name!r}")


def _line(group: Group) -> Json:
    return {
        "name": group.name,
        "id": group.id,
        "subscriptionId": group.subscription,
        "resourceGroup": group.resource_group,
        "location": group.region,
        "zone": group.zones[0] if group.zones else None,
        "provisioningState": group.provisioning,
        "state": group.state,
        "ip": group.ip,
        "tags": group.tags or {},
        "image": group.containers[0].image,
        "createdAt": stamp(group.created),
        "restarts": sum(c.restarts for c in group.containers),
        "starts": group.starts,
        "puts": group.puts,
        "uid": group.uid,
    }
