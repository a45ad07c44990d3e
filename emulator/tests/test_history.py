"""What holds whatever happened: random requests, disturbances and waits, and each invariant after every step."""

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aci_emulator.life import groups
from aci_emulator.life.model import Group
from aci_emulator.state import addresses
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from .bodies import container, document
from .machine import BASE, GROUPS, Machine
from .transitions import FINAL, PROVISIONING, STATES, Cause, follows

NAMES = ("a", "b", "c", "d")
IMAGES = {"bad": {"pull_fails": "always"}, "crash": {"run": 1, "exit_code": 1}, "job": {"run": [5, 900]}}
LIMITS: dict[str, Any] = {"group_quota": 3, "core_quota": 4, "budget_5m": 6, "budget_1h": 20}
READS = 100_000
"""The invariants read much, in no time."""
USAGES = f"{BASE}/providers/Microsoft.ContainerInstance/locations/westeurope/usages"


class History(RuleBasedStateMachine):
    """One history of four names in a small subscription."""

    names = st.sampled_from(NAMES)

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.machine = Machine(**LIMITS, arm_reads=READS, start_latency=(5, 30), images=IMAGES, variants_seed=seed)
        self.variants = self.machine.arm.settings.variants
        note(f"variants: {self.variants}")
        self.links: list[str] = []
        self.spent: dict[str, list[float]] = {"create": [], "delete": []}
        self.cause: tuple[str, Cause] = ("", "time")
        self.born: dict[str, datetime] = {}
        self.leaving: set[str] = set()
        self.uids: dict[str, str] = {}
        self.last: dict[str, tuple[str, str]] = {}
        self.numbers = itertools.count()

    # -- what happens

    @rule(
        name=names,
        cpu=st.sampled_from([1, 2]),
        image=st.sampled_from(["nginx", *IMAGES]),
        policy=st.sampled_from(["Always", "OnFailure", "Never"]),
        label=st.booleans(),
    )
    def put(self, name: str, cpu: int, image: str, policy: str, label: bool) -> None:
        address = {"type": "Public", "ports": [{"port": 80}], **({"dnsNameLabel": f"label-{name}"} if label else {})}
        one = container(cpu=cpu, image=image)
        new = name not in self.alive
        answer = self.machine.put(name, document(containers=[one], ipAddress=address, restartPolicy=policy))
        assert answer.status in {200, 201, 400, 409, 429}
        accepted = answer.status < 300
        if accepted or (answer.status != 429 and self.variants.refused_creates == "counted"):
            self.spent["create"].append(self.machine.now.timestamp())
        if accepted:
            self.links.append(answer.headers["Azure-AsyncOperation"])
            self.cause = (name, "put")
        if accepted and new:
            self.born[name] = self.machine.now
            assert answer.document["properties"]["instanceView"] == {"events": [], "state": "Pending"}

    @rule(name=names)
    def delete(self, name: str) -> None:
        alive = name in self.alive
        answer = self.machine.delete(name)
        assert answer.status in {200, 202, 204, 409, 429}
        assert (answer.status == 204) == (not alive)
        if answer.status not in {204, 429}:
            self.spent["delete"].append(self.machine.now.timestamp())
        if answer.status == 200:
            self.forget(name)
        if answer.status == 202:
            self.leaving.add(name)
            self.cause = (name, "delete")
        if "Azure-AsyncOperation" in answer.headers:
            self.links.append(answer.headers["Azure-AsyncOperation"])

    def forget(self, name: str) -> None:
        del self.born[name]
        self.last.pop(name, None)
        self.leaving.discard(name)

    @property
    def alive(self) -> dict[str, datetime]:
        """What must exist, and since when. A group whose deletion was accepted with an operation may go any time."""
        for name in [name for name in self.leaving if self.machine.get(name).status == 404]:
            self.forget(name)
        return self.born

    @rule(name=names, verb=st.sampled_from(["start", "stop", "restart"]))
    def act(self, name: str, verb: Cause) -> None:
        answer = self.machine.ask("POST", f"{GROUPS}/{name}/{verb}")
        assert answer.status in {204, 400, 404, 409}
        assert (answer.status == 404) == (name not in self.alive)
        if answer.status == 204:
            self.cause = (name, verb)
        if "Azure-AsyncOperation" in answer.headers:
            self.links.append(answer.headers["Azure-AsyncOperation"])

    @rule(name=names)
    def tag(self, name: str) -> None:
        tags = {"n": str(next(self.numbers))}
        answer = self.machine.ask("PATCH", f"{GROUPS}/{name}", {"tags": tags})
        assert answer.status == (200 if name in self.alive else 404)
        if answer.status == 200:
            assert answer.document["tags"] == tags
            self.cause = (name, "patch")

    @rule(name=names, what=st.sampled_from([groups.kill, groups.platform_kill, groups.restart_at_once]))
    def disturb(self, name: str, what: Callable[[Group, datetime], Group]) -> None:
        for group in self.groups:
            if group.name == name:
                self.machine.arm.cloud.store.put(what(group, self.machine.now), self.machine.now)
                self.cause = (name, "kill")

    @rule(name=names)
    def move(self, name: str) -> None:
        cloud = self.machine.arm.cloud
        for group in self.groups:
            if group.name == name:
                ip = addresses.choose(group, cloud.store.stored(), cloud.random)
                repairing = self.variants.moving_state == "Repairing"
                cloud.store.put(groups.move(group, self.machine.now, ip, repairing=repairing), self.machine.now)
                self.cause = (name, "move")

    @rule(seconds=st.sampled_from([0, 1, 7, 40, 400, 4000]))
    def wait(self, seconds: int) -> None:
        self.machine.wait(seconds)

    # -- what must hold

    @property
    def groups(self) -> list[Group]:
        return list(self.machine.arm.cloud.store.groups(self.machine.now))

    def listed(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.machine.ask("GET", GROUPS).document["value"]
        return items

    @invariant()
    def get_and_list_show_what_exists(self) -> None:
        assert sorted(item["name"] for item in self.listed()) == sorted(self.alive)
        for name in NAMES:
            assert self.machine.get(name).status == (200 if name in self.alive else 404)

    @invariant()
    def a_state_follows_from_the_one_before(self) -> None:
        for name in self.alive:
            seen = self.machine.get(name)
            assert seen.status == 200, (name, seen.document, self.leaving)
            properties = seen.document["properties"]
            now = (properties["provisioningState"], properties["instanceView"]["state"])
            before = self.last.get(name, ("Pending", "Pending"))
            causes: set[Cause] = {"time"}
            if name == self.cause[0]:
                causes.add(self.cause[1])
            assert follows(PROVISIONING, before[0], now[0], causes), (name, before, now, causes)
            if before[0] not in FINAL or causes & {"put", "restart"}:
                causes.add("operation")
            assert follows(STATES, before[1], now[1], causes), (name, before, now, causes)
            self.last[name] = now
        self.cause = ("", "time")

    @invariant()
    def an_operation_is_under_way_while_the_state_is_not_final(self) -> None:
        for group in self.groups:
            assert group.transitioning == (group.provisioning not in {*FINAL, "Repairing"})
            assert group.due is None or group.due > self.machine.now

    @invariant()
    def quota_is_the_sum_of_what_exists(self) -> None:
        free = self.variants.quota_of_failed == "free"
        counted = [
            [c["properties"]["resources"]["requests"]["cpu"] for c in item["properties"]["containers"]]
            for item in self.listed()
            if not (free and item["properties"]["provisioningState"] == "Failed")
        ]
        usage = {row["name"]["value"]: row["currentValue"] for row in self.machine.ask("GET", USAGES).document["value"]}
        assert usage["ContainerGroups"] == len(counted)
        assert usage["StandardCores"] == sum(map(sum, counted))
        if not free:
            assert usage["ContainerGroups"] <= LIMITS["group_quota"]
            assert usage["StandardCores"] <= LIMITS["core_quota"]

    @invariant()
    def budgets_are_kept(self) -> None:
        now = self.machine.now.timestamp()
        # Of windows that begin anew, one look back may see the ends of two.
        windows = 2 if self.variants.budget_window == "fixed" else 1
        for times in self.spent.values():
            assert sum(at > now - 300 for at in times) <= LIMITS["budget_5m"] * windows
            assert sum(at > now - 3600 for at in times) <= LIMITS["budget_1h"] * windows

    @invariant()
    def addresses_are_unique(self) -> None:
        taken = [ip for group in self.groups for ip in {group.ip, group.next_ip} if ip]
        assert len(taken) == len(set(taken))

    @invariant()
    def a_name_that_comes_again_is_another_group(self) -> None:
        for group in self.groups:
            assert group.created == self.alive[group.name]
            assert self.uids.setdefault(group.uid, f"{group.name} {group.created}") == f"{group.name} {group.created}"
            for event in (event for one in group.containers for event in one.events):
                assert event.first >= self.born[group.name]

    def teardown(self) -> None:
        if not hasattr(self, "machine"):
            return
        self.machine.wait(3600)
        ends = [self.machine.ask("GET", link).document["status"] for link in self.links]
        assert set(ends) <= {"Succeeded", "Failed", "Canceled"}
        self.machine.wait(3600)
        assert ends == [self.machine.ask("GET", link).document["status"] for link in self.links]


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
