"""What images do, by rules in the settings: seen through the machine, on virtual time."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aci_emulator import Settings
from aci_emulator.images import PLAIN, Image, find, registry
from aci_emulator.life import groups
from aci_emulator.life.groups import PLACING
from aci_emulator.life.model import Group
from aci_emulator.serve.snapshot import StateFile

from .bodies import container, document
from .machine import GROUPS, Machine, code


def machine(start_latency: float = 10, **rules: Any) -> Machine:
    """A machine whose image nginx does as the rules say."""
    return Machine(start_latency=start_latency, images={"nginx": rules})


def web(of: Machine, name: str = "g") -> dict[str, Any]:
    """The view of a group's container."""
    view: dict[str, Any] = of.get(name).document["properties"]["containers"][0]["properties"]["instanceView"]
    return view


def provisioning(of: Machine, name: str = "g") -> str:
    return str(of.get(name).document["properties"]["provisioningState"])


def test_the_first_glob_that_fits_counts() -> None:
    rules = {"a/*": Image(exit_code=1), "a/b*": Image(exit_code=2), "*": Image(exit_code=3)}
    assert [find(name, rules).exit_code for name in ("a/b", "b/a", "A/b")] == [1, 3, 3]
    assert find("b", {}) is PLAIN


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "index.docker.io"),
        ("library/nginx:1", "index.docker.io"),
        ("mine.azurecr.io/a/b:1", "mine.azurecr.io"),
        ("localhost/a", "localhost"),
        ("host:5000/a", "host:5000"),
    ],
)
def test_the_registry_of_an_image(image: str, name: str) -> None:
    assert registry(image) == name


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="exitcode"):
        Settings.model_validate({"images": {"*": {"exitcode": 1}}})


@pytest.mark.parametrize(
    ("rule", "status", "expected", "words"),
    [
        ({"missing": True}, 400, "InaccessibleImage", "The image 'nginx' in container group 'g' is not accessible."),
        ({"registry": "busy"}, 409, "RegistryErrorResponse", "from the docker registry 'index.docker.io'."),
    ],
)
def test_refused_at_once(rule: dict[str, Any], status: int, expected: str, words: str) -> None:
    answer = machine(**rule).put("g", document())
    assert (answer.status, code(answer)) == (status, expected)
    assert words in answer.document["error"]["message"]


def test_also_an_init_containers_image_must_be_there() -> None:
    body = document(
        initContainers=[{"name": "init", "properties": {"image": "nginx"}}], containers=[container(image="x")]
    )
    assert code(machine(missing=True).put("g", body)) == "InaccessibleImage"


@pytest.mark.parametrize("init", [0, 1, 3])
def test_where_no_rule_says_more_a_group_takes_its_start_latency(init: int) -> None:
    azure = machine(start_latency=30)
    containers = [{"name": f"init{n}", "properties": {"image": "busybox"}} for n in range(init)]
    azure.put("g", document(initContainers=containers))
    azure.wait(29.99)
    assert provisioning(azure) == "Creating"
    azure.wait(0.02)
    assert provisioning(azure) == "Succeeded"


@pytest.mark.parametrize(
    ("rule", "seconds"),
    [
        ({"pull": 100}, 2 + 100 + 4),
        ({"start": 50}, 2 + 4 + 50),
        ({"pull": [20, 20], "start": {"median": 30, "sigma": 0}}, 2 + 20 + 30),
        ({"pull_size": 10}, 2 + 80 + 4),
        ({"pull_fails": 1, "pull": 5}, 2 + 5 + 10 + 5 + 4),
    ],
)
def test_rules_take_time(rule: dict[str, Any], seconds: float) -> None:
    azure = machine(**rule)
    azure.put("g", document())
    azure.wait(seconds - 0.01)
    assert provisioning(azure) == "Creating"
    azure.wait(0.02)
    assert provisioning(azure) == "Succeeded"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"registry": "refuses"}, "the registry denied the request"),
        ({"pull_size": 15.1}, "larger than 15 GB"),
        ({"pull_fails": "always"}, "image not found"),
        ({"pull_fails": 100}, "image not found"),
        ({"cannot_start": True}, "Error: Failed to start container web"),
        ({"start": 2000}, "'00:30:00'"),
    ],
)
def test_accepted_and_failed_after_half_an_hour(rule: dict[str, Any], words: str) -> None:
    azure = machine(**rule)
    answer = azure.put("g", document())
    assert answer.status == 201
    azure.wait(1799)
    assert provisioning(azure) == "Creating"
    assert web(azure)["currentState"]["state"] == "Waiting"
    azure.wait(1)
    operation = azure.ask("GET", answer.headers["Azure-AsyncOperation"]).document
    assert (operation["status"], provisioning(azure)) == ("Failed", "Failed")
    assert words in operation["error"]["message"]
    assert operation["error"]["message"].endswith("after '00:30:00'.")


def test_a_run_that_ends_shows_in_the_instance_view_alone() -> None:
    azure = machine(run=60, exit_code=2)
    answer = azure.put("g", document(restartPolicy="Never"))
    azure.wait(70)
    shown = azure.get("g").document["properties"]
    assert (shown["provisioningState"], shown["instanceView"]["state"]) == ("Succeeded", "Failed")
    state = web(azure)["currentState"]
    assert (state["state"], state["exitCode"], state["detailStatus"]) == ("Terminated", 2, "Error")
    assert (state["startTime"], state["finishTime"]) == ("2026-01-01T00:00:10.000Z", "2026-01-01T00:01:10.000Z")
    operation = azure.ask("GET", answer.headers["Azure-AsyncOperation"]).document
    assert operation["status"] == "Succeeded"


def test_an_ended_group_is_restarted_in_place_or_deployed_anew() -> None:
    azure = machine(run=60)
    azure.put("g", document(restartPolicy="Never"))
    azure.wait(100)
    first = azure.get("g").document["properties"]
    assert first["instanceView"]["state"] == "Succeeded"
    restarted = azure.ask("POST", f"{GROUPS}/g/restart")
    assert restarted.status == 204
    azure.wait(10)
    assert azure.ask("GET", restarted.headers["Azure-AsyncOperation"]).document["status"] == "Succeeded"
    shown = azure.get("g").document["properties"]
    assert (shown["instanceView"]["state"], shown["ipAddress"]["ip"]) == ("Running", first["ipAddress"]["ip"])
    view = web(azure)
    assert (view["restartCount"], view["previousState"]["detailStatus"]) == (0, "Completed")
    azure.wait(60)
    assert azure.put("g", document(restartPolicy="OnFailure")).status == 200
    azure.wait(10)
    anew = azure.get("g").document["properties"]
    assert anew["ipAddress"]["ip"] != first["ipAddress"]["ip"]
    assert len(web(azure)["events"]) == 3


@pytest.mark.parametrize("probe", ["livenessProbe", "readinessProbe", None])
def test_only_a_liveness_probe_restarts(probe: str | None) -> None:
    azure = machine(liveness_fails_after=100)
    probes = {probe: {"httpGet": {"path": "/", "port": 80}}} if probe else {}
    one = container()
    one["properties"] |= probes
    azure.put("g", document(containers=[one]))
    azure.wait(111)
    view = web(azure)
    failed = probe == "livenessProbe"
    assert view["restartCount"] == (1 if failed else 0)
    assert view.get("previousState", {}).get("exitCode") == (7147 if failed else None)
    assert ("Killing" in {event["name"] for event in view["events"]}) == failed


@pytest.mark.parametrize(
    ("memory", "limit", "killed"),
    [(1.4, None, False), (1.6, None, True), (1.3, 1.2, True), (1.1, 1.2, False)],
)
def test_too_much_memory_is_too_much_for_the_limit_or_else_the_request(
    memory: float, limit: float | None, killed: bool
) -> None:
    azure = machine(memory=memory)
    resources: dict[str, Any] = {"requests": {"cpu": 1, "memoryInGB": 1.5}}
    if limit:
        resources["limits"] = {"memoryInGB": limit}
    azure.put("g", document(restartPolicy="Never", containers=[container(resources=resources)]))
    azure.wait(20)
    state = web(azure)["currentState"]
    expected = ("Terminated", 137, "OOMKilled") if killed else ("Running", None, "")
    assert (state["state"], state.get("exitCode"), state["detailStatus"]) == expected


def test_a_crash_loop_over_days_is_one_look() -> None:
    azure = machine(run=1, exit_code=1)
    azure.put("g", document())
    azure.wait(3 * 86400)
    view = web(azure)
    assert 800 < view["restartCount"] < 3 * 86400 / 300 + 10
    assert azure.get("g").document["properties"]["provisioningState"] == "Succeeded"


def test_a_restart_during_a_restart_ends_the_first() -> None:
    azure = machine()
    azure.put("g", document())
    azure.wait(10)
    first = azure.ask("POST", f"{GROUPS}/g/restart").headers["Azure-AsyncOperation"]
    azure.wait(5)
    second = azure.ask("POST", f"{GROUPS}/g/restart").headers["Azure-AsyncOperation"]
    words = [azure.ask("GET", link).document["status"] for link in (first, second)]
    assert words == ["Succeeded", "Updating"]
    azure.wait(10)
    assert azure.ask("GET", second).document["status"] == "Succeeded"
    started = next(e for e in web(azure)["events"] if e["name"] == "Started")
    assert started["count"] == 2


def test_the_log_of_an_init_container_and_of_one_that_waits() -> None:
    azure = Machine(images={"busybox": {"log": ["ready"], "run": 30}})
    azure.put("g", document(initContainers=[{"name": "init", "properties": {"image": "busybox"}}]))
    azure.wait(15)
    logs = [azure.ask("GET", f"{GROUPS}/g/containers/{name}/logs") for name in ("init", "web")]
    assert [log.status for log in logs] == [200, 404]
    assert logs[0].document["content"] == "ready\n"


def test_a_share_that_cannot_be_mounted() -> None:
    azure = Machine(broken_shares=["account/*"])
    file = {"shareName": "data", "storageAccountName": "account", "storageAccountKey": "k"}
    answer = azure.put("g", document(volumes=[{"name": "files", "azureFile": file}]))
    azure.wait(600)
    view = azure.get("g").document["properties"]["instanceView"]
    assert [(e["name"], e["message"], e["type"]) for e in view["events"]] == [
        ("FailedMountAzureFileVolume", "Failed to mount Azure File Volume.", "Warning")
    ]
    assert (provisioning(azure), web(azure)["currentState"]["state"]) == ("Creating", "Waiting")
    azure.wait(1200)
    operation = azure.ask("GET", answer.headers["Azure-AsyncOperation"]).document
    assert operation["status"] == "Failed"
    assert operation["error"]["message"].startswith("Failed to mount Azure File Volume.;Subscription deployment")


def test_a_crash_loop_goes_on_when_the_emulator_starts_again(tmp_path: Path) -> None:
    azure = machine(run=1, exit_code=1)
    azure.put("g", document())
    azure.wait(100)
    before = web(azure)
    file = tmp_path / "state.json"
    StateFile(file).save(azure.arm.cloud)
    again = machine()
    again.now = azure.now
    assert StateFile(file).load(again.arm.cloud)
    assert web(again) == before
    for each in (azure, again):
        each.wait(1000)
    assert web(again) == web(azure)


def test_a_stale_read_right_after_a_restart_finds_what_was_there(tmp_path: Path) -> None:
    azure, again = machine(), Machine(read_lag=20)
    azure.put("g", document())
    azure.wait(60)
    StateFile(tmp_path / "state").save(azure.arm.cloud)
    StateFile(tmp_path / "state").load(again.arm.cloud)
    again.now = azure.now
    assert again.get("g").document == azure.get("g").document
    assert len(again.ask("GET", GROUPS).document["value"]) == 1


def test_a_look_at_the_past_of_a_crash_loop_is_as_it_was() -> None:
    azure = machine(run=1, exit_code=1)
    azure.put("g", document())
    seen = {}
    for _ in range(40):
        azure.wait(50)
        seen[azure.now] = azure.get("g").document
    azure.arm.settings = azure.arm.settings.changed({"read_lag": 200})
    then = azure.now - timedelta(seconds=200)
    assert azure.get("g").document == seen[then]


def test_the_same_look_at_the_past_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    azure = machine(run=1, exit_code=1)
    azure.put("g", document())
    azure.wait(500)
    azure.arm.settings = azure.arm.settings.changed({"read_lag": 100})
    steps: list[datetime] = []
    step = groups._step  # noqa: SLF001 what costs time

    def counted(group: Group, at: datetime) -> Group:
        steps.append(at)
        return step(group, at)

    monkeypatch.setattr(groups, "_step", counted)
    first, lived = azure.get("g").document, len(steps)
    assert lived > 0
    assert azure.get("g").document == first
    assert len(steps) == lived


def test_a_private_group_that_never_came_up_gets_its_address_from_a_restart() -> None:
    lab = machine(pull_fails="always")
    address = {"type": "Private", "ports": [{"port": 80}]}
    lab.put("g", document(ipAddress=address, subnetIds=[{"id": "/subscriptions/s/subnets/a"}]))
    lab.wait(1800)
    assert lab.get("g").document["properties"]["ipAddress"]["ip"] == PLACING
    lab.arm.settings = lab.arm.settings.changed({"images": {}})
    lab.ask("POST", f"{GROUPS}/g/restart")
    lab.wait(10)
    assert provisioning(lab) == "Succeeded"
    assert lab.get("g").document["properties"]["ipAddress"]["ip"].startswith("10.0.")


@pytest.mark.parametrize(
    "very_long",
    [{"start_latency": 1e15}, {"provisioning_timeout": 1e15}, {"images": {"*": {"run": 1e15}}}, {"read_lag": 600}],
)
def test_what_lasts_longer_than_a_calendar_lasts_very_long(very_long: dict[str, Any]) -> None:
    lab = Machine(**very_long, time_scale=0.001, subnet_link_latency={"median": 1e9, "sigma": 10})
    assert lab.put("g", document()).status == 201
    lab.wait(10**6)
    assert lab.get("g").status == 200
