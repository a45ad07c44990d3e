"""What exists, as a file, so that it outlives the process."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from aci_emulator.life.model import Group, Operation, ResourceGroup, Subscription
from aci_emulator.limits.budgets import Account, Kind
from aci_emulator.state.cloud import Cloud
from aci_emulator.state.links import Links


@dataclass
class Snapshot:
    """Everything that lasts. `generation` counts the restarts: each goes on with other random numbers."""

    generation: int
    subscriptions: list[Subscription]
    resource_groups: list[ResourceGroup]
    groups: list[Group]
    operations: list[Operation]
    budgets: list[tuple[Kind, str, str, Account]]
    links: Links


_ADAPTER = TypeAdapter(Snapshot)


class StateFile:
    """The file of `--state`: written whole and renamed into place, so that it is never half a state."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._generation = 0

    def load(self, cloud: Cloud) -> bool:
        """Take over what the file has; False when there is none. Subscriptions that are new stay as the settings say.

        Raises:
            ValueError: the file is not a state.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return False
        snapshot = _ADAPTER.validate_json(content)
        store = cloud.store
        known = {s.id.lower() for s in snapshot.subscriptions}
        store.resource_groups = {k: g for k, g in store.resource_groups.items() if g.subscription.lower() not in known}
        store.subscriptions |= {s.id.lower(): s for s in snapshot.subscriptions}
        store.resource_groups |= {g.key: g for g in snapshot.resource_groups}
        store.operations = {o.id: o for o in snapshot.operations}
        for group in snapshot.groups:
            # As of its creation: of its past nothing else is known, and a stale read must find it.
            store.put(group, group.created)
        cloud.budgets.accounts = {
            (kind, subscription, at): account for kind, subscription, at, account in snapshot.budgets
        }
        cloud.links = snapshot.links
        self._generation = snapshot.generation + 1
        cloud.random.seed(f"{cloud.settings.seed}:{self._generation}")
        return True

    def save(self, cloud: Cloud) -> None:
        """Write the state."""
        store = cloud.store
        snapshot = Snapshot(
            self._generation,
            list(store.subscriptions.values()),
            list(store.resource_groups.values()),
            list(store.stored()),
            list(store.operations.values()),
            [(*key, account) for key, account in cloud.budgets.accounts.items()],
            cloud.links,
        )
        temporary = self.path.with_name(f"{self.path.name}.tmp")
        temporary.write_bytes(_ADAPTER.dump_json(snapshot))
        temporary.replace(self.path)
