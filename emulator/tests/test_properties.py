"""What holds whatever is asked: no request breaks the machine, and the books are right after any history."""

import copy
import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aci_emulator import Request
from aci_emulator.life import groups
from aci_emulator.life.model import Group
from aci_emulator.state import addresses
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from .bodies import FULL, container, document
from .machine import GROUPS, Machine, code

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


SEGMENTS = [
    *GROUPS.split("/")[3:],
    *("g", "start", "containers", "web", "exec", "logs", "resources", "locations", "usages", "westeurope", "register"),
    *("", "%00", "%2F", "ü", "*", "metadata", "endpoints"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


def replaced(path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    body = copy.deepcopy(FULL)
    target: Any = body
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return body


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(places(FULL)), value=JSON)
def test_any_body_is_accepted_or_refused(path: tuple[Any, ...], value: Any) -> None:
    machine = Machine()
    answer = machine.put("g", replaced(path, value))
    assert answer.status == 201 or (400 <= answer.status < 500 and code(answer))
    machine.wait(10)
    seen = machine.get("g")
    assert seen.status == (200 if answer.status == 201 else 404)
    assert machine.ask("GET", GROUPS).status == 200


@settings(max_examples=200, deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS", "BREW"]),
    path=st.lists(st.sampled_from(SEGMENTS), max_size=12),
    query=st.sampled_from(
        ["", "?api-version=2023-05-01", "?api-version", "?%ZZ&api-version=&&=", "?$skiptoken=x", "?$filter='&$top=-1"]
    ),
    body=st.binary(max_size=20),
)
def test_any_request_is_answered(method: str, path: list[str], query: str, body: bytes) -> None:
    machine = Machine()
    request = Request(method, f"https://azure/{'/'.join(path)}{query}", {"Content-Type": "application/json"}, body)
    answer = machine.arm.handle(request, machine.now)
    assert answer.status < 500


class History(RuleBasedStateMachine):
    """Random requests and waits; each invariant is looked at after every step."""

    names = st.sampled_from(["a", "b", "c", "d"])

    def __init__(self) -> None:
        super().__init__()
        images = {"bad": {"pull_fails": "always"}, "crash": {"run": 1, "exit_code": 1}, "job": {"run": [5, 900]}}
        self.machine = Machine(
            group_quota=3, core_quota=4, budget_5m=6, budget_1h=20, start_latency=(5, 30), images=images
        )
        self.links: list[str] = []
        self.accepted: list[float] = []
        self.numbers = itertools.count()

    @rule(
        name=names,
        cpu=st.sampled_from([1, 2]),
        image=st.sampled_from(["nginx", "bad", "crash", "job"]),
        policy=st.sampled_from(["Always", "OnFailure", "Never"]),
        label=st.booleans(),
    )
    def put(self, name: str, cpu: int, image: str, policy: str, label: bool) -> None:
        address = {"type": "Public", "ports": [{"port": 80}], **({"dnsNameLabel": f"label-{name}"} if label else {})}
        one = container(cpu=cpu, image=image)
        answer = self.machine.put(name, document(containers=[one], ipAddress=address, restartPolicy=policy))
        assert answer.status in {200, 201, 400, 409, 429}
        if answer.status != 429:
            self.accepted.append(self.machine.now.timestamp())
        if answer.status < 300:
            self.links.append(answer.headers["Azure-AsyncOperation"])

    @rule(name=names)
    def delete(self, name: str) -> None:
        assert self.machine.delete(name).status in {200, 204, 409, 429}

    @rule(name=names, verb=st.sampled_from(["start", "stop", "restart"]))
    def act(self, name: str, verb: str) -> None:
        answer = self.machine.ask("POST", f"{GROUPS}/{name}/{verb}")
        assert answer.status in {204, 404, 409}
        if "Azure-AsyncOperation" in answer.headers:
            self.links.append(answer.headers["Azure-AsyncOperation"])

    @rule(name=names)
    def tag(self, name: str) -> None:
        answer = self.machine.ask("PATCH", f"{GROUPS}/{name}", {"tags": {"n": str(next(self.numbers))}})
        assert answer.status in {200, 404}

    @rule(name=names, what=st.sampled_from([groups.kill, groups.platform_kill, groups.restart_at_once]))
    def disturb(self, name: str, what: Callable[[Group, datetime], Group]) -> None:
        store = self.machine.arm.cloud.store
        for group in store.groups(self.machine.now):
            if group.name == name:
                store.put(what(group, self.machine.now), self.machine.now)

    @rule(name=names)
    def move(self, name: str) -> None:
        cloud = self.machine.arm.cloud
        for group in cloud.store.groups(self.machine.now):
            if group.name == name:
                ip = addresses.choose(group, cloud.store.stored(), cloud.random)
                cloud.store.put(groups.move(group, self.machine.now, ip), self.machine.now)

    @rule(seconds=st.sampled_from([0, 1, 7, 40, 400, 4000]))
    def wait(self, seconds: int) -> None:
        self.machine.wait(seconds)

    @property
    def groups(self) -> list[Group]:
        return list(self.machine.arm.cloud.store.groups(self.machine.now))

    @invariant()
    def quota_is_the_sum_of_what_exists(self) -> None:
        usage = self.machine.arm.cloud.store.usage("11111111-1111-1111-1111-111111111111", "westeurope")
        groups, cores = usage.of("ContainerGroups"), usage.of("StandardCores")
        assert (groups, cores) == (len(self.groups), sum(g.cores for g in self.groups))
        assert groups <= 3
        assert cores <= 4

    @invariant()
    def budgets_are_kept(self) -> None:
        now = self.machine.now.timestamp()
        assert sum(at > now - 300 for at in self.accepted) <= 6
        assert sum(at > now - 3600 for at in self.accepted) <= 20

    @invariant()
    def states_are_documented(self) -> None:
        for group in self.groups:
            assert group.provisioning in {"Pending", "Creating", "Updating", "Succeeded", "Failed"}
            assert group.state in {"Pending", "Running", "Stopped", "Succeeded", "Failed"}
            assert group.transitioning == (group.provisioning not in {"Succeeded", "Failed"})
            assert group.due is None or group.due > self.machine.now

    @invariant()
    def addresses_are_unique(self) -> None:
        taken = [ip for g in self.groups for ip in {g.ip, g.next_ip} if ip]
        assert len(taken) == len(set(taken))

    @invariant()
    def get_and_list_agree(self) -> None:
        listed = self.machine.ask("GET", GROUPS).document["value"]
        assert {item["name"] for item in listed} == {g.name for g in self.groups}

    def teardown(self) -> None:
        self.machine.wait(3600)
        for link in self.links:
            assert self.machine.ask("GET", link).document["status"] in {"Succeeded", "Failed", "Canceled"}


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
