"""The campaign can fail: it notices bugs, and what it never hits; and a run is the same each time."""

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aci_emulator.wire import Request
from aci_operator.api.placement import DeletionPolicy
from aci_operator.azure.operations import Operation
from aci_operator.core.errors import ApiUnavailable, Unavailable
from aci_operator.core.group.step import PutGroup, RemoveFinalizer, Step
from aci_operator.kube.api import GROUPS

from tests.campaign import branches, report, rest, sweep
from tests.campaign.__main__ import campaign
from tests.campaign.acts import SECRET, Service, service
from tests.campaign.outcome import Outcome
from tests.campaign.plans import Site, blows, positions
from tests.campaign.report import EVERYTHING, LIVED, PAIRED, SWEPT, Report, failed
from tests.campaign.runs import perform
from tests.campaign.secrecy import leaks, listening
from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.planted.bug import Bug, planted
from tests.simulation.operators import RealOperator
from tests.simulation.virtual import on_virtual_time
from tests.simulation.world import World

IMPATIENT = Bug(
    8,
    "PUT again when no answer came",
    "aci_operator.core.group.life:_find_out",
    lambda o: Step(o.group.status, PutGroup()),
)


async def _gives_up(reconcile: Any, services: Any, key: Any) -> float | None:
    given_up = services.__dict__.setdefault("given_up", {})
    service = services._around.cluster.service(key)  # noqa: SLF001 - a bug may
    generation = None if service is None else service.metadata.generation
    if generation is not None and given_up.get(key) == generation:
        return None
    try:
        after: float | None = await reconcile(services, key)
    except ApiUnavailable:
        given_up[key] = generation
        raise
    return after


GIVES_UP = Bug(
    0,
    "a service whose pass met ApiUnavailable is not looked at until its spec changes",
    "aci_operator.engine.services:Services.reconcile",
    _gives_up,
    wraps=True,
)
TRUSTS_5XX = Bug(
    0,
    "a PUT that got a 5xx had no effect",
    "aci_operator.azure.errors:_kind",
    lambda kind, operation, status, envelope: (
        Unavailable if operation is Operation.PUT and status >= 500 else kind(operation, status, envelope)
    ),
    wraps=True,
)
ORPHANS_ALL = Bug(
    0,
    "what a service with Orphan replaces runs on in Azure",
    "aci_operator.engine.objects:DeletionPolicy",
    SimpleNamespace(ORPHAN=None, DELETE=DeletionPolicy.DELETE),
)
FORGETS = Bug(
    0,
    "what cannot be ended is let go",
    "aci_operator.core.group.deletion:_troubled",
    lambda o, _trouble: Step(o.group.status, RemoveFinalizer()),
)
WORDY = Bug(
    0,
    "metrics tell the whole text of an error",
    "aci_operator.azure.exchange:Exchange._code",
    lambda code, exchange, failure: code(exchange, failure) if failure is None else str(failure),
    wraps=True,
)
LOST = "strike | create | operator | containerGroups/write | 0 | lost"


def test_a_bug_that_a_single_fault_shows_is_noticed() -> None:
    assert not perform(LOST).failure
    with planted(IMPATIENT):
        assert "one PUT" in perform(LOST).failure


def test_a_put_that_is_sent_again_after_a_5xx_without_a_look_is_noticed() -> None:
    run = "strike | create | operator | containerGroups/write | 0 | error after"
    outcome = perform(run)
    assert not outcome.failure
    assert outcome.hits["fault: containerGroups/write: error after"] == 1
    with planted(TRUSTS_5XX):
        assert "one PUT" in perform(run).failure


def test_a_service_that_is_looked_at_again_only_when_its_spec_changes_is_noticed() -> None:
    with planted(GIVES_UP):
        failures = [perform(f"seed | {seed}").failure for seed in (2, 5, 6)]
    assert any(failures), "in peace nobody touches a spec, so nothing should have healed it"


def test_a_replica_that_a_scale_leaves_in_azure_is_noticed() -> None:
    run = "reference | rolled and scaled down as Orphan"
    assert not perform(run).failure
    with planted(ORPHANS_ALL), pytest.raises(AssertionError, match="did not come true"):
        sweep.reference.__wrapped__("rolled and scaled down as Orphan")


def test_what_is_let_go_for_want_of_a_credential_is_noticed() -> None:
    run = "reference | credential gone for good"
    assert not perform(run).failure
    with planted(FORGETS), pytest.raises(AssertionError, match="P8"):
        sweep.reference.__wrapped__("credential gone for good")


def test_a_world_that_ends_otherwise_is_noticed() -> None:
    outcome = sweep.strike("create", [], "none")
    assert not outcome.failure
    with planted(Bug(0, "one more", "tests.campaign.sweep:shape", lambda _world: {"s": "other"})):
        assert "P17" in sweep.strike("create", [], "none").failure


def test_the_same_run_is_the_same_each_time() -> None:
    first, second = perform("seed | 4"), perform("seed | 4")
    assert first.hits == second.hits
    assert first.seconds == second.seconds


def test_a_run_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such run"):
        perform("seed 4")
    with pytest.raises(ValueError, match="catalogue"):
        perform("strike | create | operator | containerGroups/write | 0 | melted")


# -- rest


async def _up() -> World:
    world = World(RealOperator, seed=1)
    await world.start()
    world.apply(service(1))
    await rest.reached(world, {"s": Service(1)})
    return world


def test_a_write_at_rest_is_noticed() -> None:
    async def scribble() -> None:
        world = await _up()
        place = Place(GROUPS, "default", world.groups()[0]["metadata"]["name"])

        async def write() -> None:
            while True:
                await asyncio.sleep(100)
                api = world.cluster.client("operator")
                await api.replace_status(GROUPS, world.cluster.objects.get(place))

        scribbling = asyncio.create_task(write())
        try:
            await rest.silent(world, {"s": Service(1)})
        finally:
            scribbling.cancel()
            await world.close()

    with pytest.raises(AssertionError, match="P2"):
        on_virtual_time(scribble())


def test_a_group_that_belongs_to_nobody_is_noticed() -> None:
    async def leave() -> list[str]:
        world = await _up()
        await world.crash()
        for manifest in world.groups():
            world.user.wipe(Place(GROUPS, "default", manifest["metadata"]["name"]))
        world.invariants.at_rest(now())
        await world.close()
        return world.invariants.violations

    assert any("P4" in violation for violation in on_virtual_time(leave()))


def test_a_replica_that_is_needed_and_ended_is_noticed() -> None:
    async def end() -> list[str]:
        world = await _up()
        world.cluster.acting = "operator"
        world.cluster.objects.delete(Place(GROUPS, "default", world.groups()[0]["metadata"]["name"]), now())
        await world.close()
        return world.invariants.violations

    assert any("P20" in violation for violation in on_virtual_time(end()))


def test_more_creates_of_two_operators_than_azure_allows_are_noticed() -> None:
    async def send() -> list[str]:
        world = await _up()
        name = world.groups()[0]["metadata"]["name"]
        scope = f"/subscriptions/{samples.SUBSCRIPTION}/resourceGroups/{samples.RESOURCE_GROUP}"
        path = f"{scope}/providers/Microsoft.ContainerInstance/containerGroups/{name}"
        world.invariants.started("another")
        for _ in range(50):
            for name in ("operator", "another"):
                world.invariants.sent(Request("PUT", f"https://management.azure.com{path}", principal=name), now())
        await world.close()
        return world.invariants.violations

    assert any("P12: more than 100 in 5 minutes" in violation for violation in on_virtual_time(send()))


# -- secrets


def test_a_secret_in_a_log_is_heard() -> None:
    with listening() as ear:
        logging.getLogger("aci_operator.engine").error("it went wrong", exc_info=RuntimeError(SECRET))
    assert [SECRET in leak for leak in ear.leaks] == [True]


def test_a_secret_in_a_status_is_seen() -> None:
    async def tell() -> tuple[list[str], list[str]]:
        world = await _up()
        before = leaks(world)
        manifest = world.groups()[0]
        [condition, *others] = manifest["status"]["conditions"]
        told = {**manifest["status"], "conditions": [{**condition, "message": f"it holds {SECRET}"}, *others]}
        world.user.set_status(Place(GROUPS, "default", manifest["metadata"]["name"]), told)
        after = leaks(world)
        await world.close()
        return before, after

    before, after = on_virtual_time(tell())
    assert before == []
    assert [SECRET in leak for leak in after] == [True]


def test_a_secret_in_the_metrics_of_a_process_that_is_no_more_is_seen() -> None:
    async def count() -> tuple[list[str], list[str]]:
        world = await _up()
        before = leaks(world)
        world.operators["operator"].metrics.arm_request("containerGroups/read", f"refused {SECRET}", 0.1)
        await world.close()
        return before, leaks(world)

    before, after = on_virtual_time(count())
    assert before == []
    assert after
    assert all("/metrics" in leak and SECRET in leak for leak in after)


def test_an_error_text_that_becomes_a_label_is_noticed() -> None:
    run = "strike | create | operator | token | 0 | error"
    assert not perform(run).failure
    with planted(WORDY):
        assert "P14: /metrics" in perform(run).failure


# -- the report


def test_what_was_never_hit_is_told() -> None:
    found = Report()
    found.add(Outcome("one"))
    found.hits.update(EVERYTHING - {"fault: token: error"})
    assert found.missed() == ["fault: token: error"]
    assert "NEVER HIT: fault: token: error" in found.lines()


def test_a_part_of_a_campaign_must_hit_its_part() -> None:
    assert report.wanted(swept=True, seeds=0, pairs=0) == SWEPT
    assert report.wanted(swept=False, seeds=60, pairs=0) == LIVED
    assert report.wanted(swept=False, seeds=0, pairs=300) == PAIRED
    assert report.wanted(swept=True, seeds=60, pairs=0) == EVERYTHING


@pytest.mark.parametrize("size", [{"seeds": 1, "pairs": 0}, {"seeds": 60, "pairs": 1}])
def test_a_campaign_that_is_too_small_to_tell_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="too few"):
        report.wanted(swept=False, **size)


def test_a_campaign_that_misses_something_has_not_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert not campaign(swept=False, seeds=1, pairs=0, jobs=1, wanted={"mode: melted"})
    assert "NEVER HIT: mode: melted" in capsys.readouterr().out


def test_a_failure_says_how_to_run_it_again() -> None:
    found = Report()
    found.add(Outcome("seed | 17", failure="P5: it went wrong"))
    [outcome] = found.failures
    assert f"commit {report.commit()}: " in failed(outcome)
    assert "replay 'seed | 17'" in failed(outcome)


def test_a_run_outside_of_a_checkout_has_no_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert report.commit.__wrapped__() == "unknown"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert report.commit.__wrapped__() == "unknown", "nor has one where there is no git"


def test_branches_are_found_and_counted() -> None:
    assert {"group.life._send", "service.held.change", "service.plan._deletion"} <= set(branches.found())
    hits = perform(LOST).hits
    assert hits["branch: group.life._send"] > 0
    assert hits["branch: service.share.share: Growth"] > 0
    assert "branch: service.triage.sort: limited" in report.BRANCHES - set(hits)


# -- plans


def test_every_reached_call_fails_in_every_way_at_its_first_and_last_time() -> None:
    assert positions("containerGroups/write", 5) == [0, 2, 4]
    assert positions("containerGroups/delete", 5) == [0, 4]
    assert positions("token", 1) == [0]
    planned = list(blows({Site("operator", "token"): 3}))
    assert [(blow.skip, blow.mode) for blow in planned] == [
        (0, "error"),
        (0, "unauthorized"),
        (2, "error"),
        (2, "unauthorized"),
    ]


def test_a_call_that_the_catalogue_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        list(blows({Site("operator", "containerGroups/explode"): 1}))
