"""Bugs 45 and on: those that this product could have beside the list that every such operator shares."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aci_operator.api import keys
from aci_operator.api.reasons import State
from aci_operator.core.group import watch
from aci_operator.core.group.step import PutBackTags, PutGroup
from aci_operator.core.service import recreate, rolling
from aci_operator.core.service.replicas import drifted, ending, fulfils, serial

from tests.planted.bug import Bug, Plant
from tests.simulation import test_budgets as budgets
from tests.simulation import test_drift as drift
from tests.simulation import test_forgetting as forgetting
from tests.simulation import test_healing as healing
from tests.simulation import test_placement as placement
from tests.simulation import test_rollouts as rollouts
from tests.simulation import test_rows_collector as leftovers
from tests.simulation import test_rows_leaders as leaders
from tests.simulation import test_rows_restores as restores
from tests.simulation import test_safety as safety
from tests.simulation import test_usages as usages
from tests.transitions import test_routes as routes

CORE, ENGINE = "aci_operator.core", "aci_operator.engine"
GROUP, SERVICE = f"{CORE}.group", f"{CORE}.service"


def without_ending(original: Any, observed: Any, *rest: Any) -> Any:
    return replace(original(observed, *rest), holding=sum(1 for group in observed.groups if not ending(group)))


def drawn_late(original: Any, memories: Any, key: Any) -> None:
    asyncio.get_running_loop().call_later(1.0, original, memories, key)


def over(state: State) -> bool:
    return state in {State.FAILED, State.LOST, State.SUCCEEDED}


def for_ever(original: Any, *arguments: Any) -> Any:
    shortage = original(*arguments)
    return type(shortage)(**{**vars(shortage), "until": shortage.until + timedelta(days=30)})


def away_from_the_first(original: Any, group: Any, spec: Any, subscription: str) -> bool:
    """What runs in another than the preferred place is rolled back to it."""
    return bool(original(group, spec, subscription)) or group.spec.location != spec.placements[0].location


def counting_the_ending(original: Any, o: Any, situation: Any, decided: Any, heirs: Any) -> Any:
    """Replicas that end are counted where they were."""
    return original(o, situation, replace(decided, delete=()), heirs)


def with_none_that_ails(original: Any, s: Any) -> bool:
    return bool(original(replace(s, replicas=replace(s.replicas, ailing=()))))


def with_none_that_fails(original: Any, s: Any) -> Any:
    return original(replace(s, failing=None))


def without_those_that_wait(s: Any) -> Any:
    """The last ailing ones are kept, whatever waits for the limit beside them."""
    serving = sum(map(fulfils, s.replicas.live)) + len(s.replicas.ailing)
    least = recreate.spared(s) if s.recreate else s.least
    return s.replicas.ailing[: max(serving - least, 0)]


def a_day_later(original: Any, groups: Any) -> list[datetime]:
    return [lapse + timedelta(days=1) for lapse in original(groups)]


async def hot(original: Any, services: Any, key: Any) -> Any:
    await original(services, key)
    return 0.2


def newest_first(groups: Any, _: object) -> list[Any]:
    return sorted(groups, key=lambda group: -serial(group))


def by_put(original: Any, o: Any, found: Any) -> Any:
    step = original(o, found)
    return step if not isinstance(step.effect, PutBackTags) else type(step)(step.status, PutGroup())


def without_others(original: Any, tags: Any, group: Any, cluster_id: str) -> Any:
    mended = original(tags, group, cluster_id)
    ours = (keys.TAG_PREFIX, *group.spec.tags)
    return mended and {name: value for name, value in mended.items() if name.startswith(ours)}


PLANTS = (
    Plant(
        Bug(45, "ghost window ignored", f"{GROUP}.observation:Observation.ghost_over", property(lambda _: True)),
        safety.test_a_lost_answer_makes_no_second_group,
        expects="one PUT",
    ),
    Plant(
        Bug(46, "ending groups not counted", f"{SERVICE}.plan:triage.sort", without_ending, wraps=True),
        safety.test_a_change_of_mind_while_all_start_counts_those_that_end,
        expects="P3",
    ),
    Plant(
        Bug(47, "collector without a limit", f"{ENGINE}.collector:allowance", lambda fleet: fleet),
        leftovers.test_too_many_orphans_wait_for_a_persons_word,
        expects="cloud()",
    ),
    Plant(
        Bug(48, "name drawn too late", f"{ENGINE}.memories:Memories.drew", drawn_late, wraps=True),
        safety.test_an_apply_reads_no_more_than_it_must,
        expects="len(early)",
    ),
    Plant(
        Bug(49, "restored services make new groups", f"{SERVICE}.plan:found", lambda births, _: [None for _ in births]),
        restores.test_a_restore_of_the_services_alone_takes_their_groups_over,
        expects="P3",
    ),
    Plant(
        Bug(50, "paused is ignored", f"{SERVICE}.scale:held.change", rolling.change),
        rollouts.test_paused_in_the_middle_it_heals_with_the_old_revision_and_goes_on_when_it_may,
        expects="images(world)",
    ),
    Plant(
        Bug(51, "new ones before the old have ended", f"{SERVICE}.scale:recreate.pending", lambda _: False),
        rollouts.test_recreate_never_has_two_revisions_at_once,
        expects="images(world)",
    ),
    Plant(
        Bug(52, "limit on heals ignored", f"{ENGINE}.storm:limit", lambda _: 1000),
        healing.test_a_region_that_fails_does_not_lose_what_may_recover,
        expects="a fifth of 30",
    ),
    Plant(
        Bug(53, "completed taken for dead", "aci_operator.api.reasons:State.dead", property(over)),
        healing.test_a_completed_replica_is_not_replaced_and_the_service_says_so,
        {"policy": "Never"},
        expects="P19",
    ),
    Plant(
        Bug(54, "a kill by the platform counts as a crash", f"{GROUP}.crashes:by_platform", lambda *_: iter(())),
        healing.test_kills_by_the_platform_are_told_and_not_healed,
        expects="== names",
    ),
    Plant(
        Bug(55, "what may serve is ended first", f"{SERVICE}.triage:ailing", lambda _: False),
        healing.test_a_crash_loop_is_replaced_and_serves_until_its_successor_does,
        expects="P20",
    ),
    Plant(
        Bug(56, "nothing kept for heals", f"{ENGINE}.budgets.allowance:KEPT_FOR_HEALS", 0),
        budgets.test_a_heal_goes_ahead_of_three_hundred_that_wait,
        slow=True,
        expects="sent at once",
    ),
    Plant(
        Bug(57, "first come, first served", f"{ENGINE}.budgets.line:Line._in_turns", lambda _, them: them),
        budgets.test_a_lone_replica_waits_for_two_others_at_most,
        {"window": "sliding"},
        slow=True,
        expects="ahead(world",
    ),
    Plant(
        Bug(58, "shortage ignored", f"{CORE}.shortage:Shortage.covers", lambda *_: False),
        placement.test_where_all_is_full_nobody_asks_again_at_once,
        expects="nobody asks again",
    ),
    Plant(
        Bug(59, "shortage never ends", f"{ENGINE}.effects:Shortage.of", for_ever, wraps=True),
        placement.test_while_all_is_full_it_waits_says_where_and_goes_on_when_there_is_room,
        expects="objects and container groups differ",
    ),
    Plant(
        Bug(60, "what runs is moved", f"{SERVICE}.triage:misplaced", away_from_the_first, wraps=True),
        placement.test_a_full_region_is_passed_over_and_what_runs_elsewhere_stays_there,
        slow=True,
        expects="4 container groups, not 3",
    ),
    Plant(
        Bug(61, "newest goes first", f"{SERVICE}.rolling:expendable_first", newest_first),
        placement.test_a_zone_that_was_full_is_filled_up_and_kept_by_a_scale_down,
        expects="zones(world)",
    ),
    Plant(
        Bug(62, "a false difference is replaced for ever", f"{SERVICE}.triage:replaceable", drifted),
        drift.test_what_differs_from_the_start_is_told_and_never_replaced,
        expects="3 container groups, not 2",
    ),
    Plant(
        Bug(63, "tags put back by PUT", f"{GROUP}.watch:_show", by_put, wraps=True),
        drift.test_lost_tags_are_put_back_once_and_those_of_others_stay,
        expects="assert after",
    ),
    Plant(
        Bug(64, "tags of others dropped", f"{GROUP}.drift:mended", without_others, wraps=True),
        drift.test_lost_tags_are_put_back_once_and_those_of_others_stay,
        expects="assert after",
    ),
    Plant(
        Bug(65, "what drifted goes at once", f"{SERVICE}.change:serves", lambda _: False),
        drift.test_with_replace_a_changed_replica_serves_until_its_successor_does,
        expects="serving",
    ),
    Plant(
        Bug(66, "statuses written without the Lease", f"{ENGINE}.surroundings:Surroundings.must_lead", lambda _: None),
        safety.test_a_leader_that_was_stopped_and_goes_on_fights_nobody_over_statuses,
        expects="P16",
    ),
    Plant(
        Bug(67, "what runs keeps its policy", f"{SERVICE}.plan:_policies", lambda _service, _groups: ()),
        routes.test_there_and_back,
        {"good": next(good for good in routes.GOOD if str(good) == "spec.deletionPolicy change")},
        expects="straight(",
    ),
    Plant(
        Bug(68, "what was spent is forgotten", f"{ENGINE}.budgets.budgets:Budgets.recall", lambda *_: None),
        budgets.test_a_restart_forgets_nothing_that_was_spent,
        {"window": "sliding", "end": "crash"},
        expects="refused(world)",
    ),
    Plant(
        Bug(69, "usages are read and not used", f"{ENGINE}.usages:lacking", lambda *_: None),
        usages.test_the_next_place_is_taken_without_a_refusal,
        expects="refused(world)",
    ),
    Plant(
        Bug(70, "creates since the answer are forgotten", f"{ENGINE}.usages:_Place.since", lambda *_, **__: {}),
        usages.test_the_next_place_is_taken_without_a_refusal,
        expects="refused(world)",
    ),
    Plant(
        Bug(71, "zones counted with those that end", f"{SERVICE}.plan:_places", counting_the_ending, wraps=True),
        placement.test_a_lost_replica_comes_back_in_its_zone,
        {"zone": "2"},
        expects="zones: ",
    ),
    Plant(
        Bug(72, "five passes a second for ever", f"{ENGINE}.services:Services.reconcile", hot, wraps=True),
        safety.test_a_rollout_has_one_more_at_most,
        expects="P13: operator made more than",
    ),
    Plant(
        Bug(73, "what has ended is remembered", f"{ENGINE}.memories:Memories.forget", lambda *_: None),
        forgetting.test_what_has_ended_is_forgotten,
        expects="memories",
    ),
    Plant(
        Bug(74, "another's clock believed", f"{GROUP}.observation:Observation.as_seen_here", lambda _, moment: moment),
        leaders.test_a_successor_whose_clock_is_ahead_does_not_take_a_group_for_lost_that_reads_lag_behind,
        expects="P3",
    ),
    Plant(
        Bug(75, "zones counted with those that leave", f"{SERVICE}.change:Situation.leaving", lambda *_: frozenset()),
        drift.test_with_replace_a_changed_replica_has_its_successor_in_its_own_zone,
        {"zone": "2"},
        expects="zones",
    ),
    Plant(
        Bug(76, "budgets ignored", f"{ENGINE}.budgets.window:Window.free", lambda *_: 1000),
        budgets.test_a_lower_limit_is_kept_to_by_what_azure_tells,
        expects="refused(world)",
    ),
    Plant(
        Bug(77, "the surge full of what waits to be healed", f"{SERVICE}.scale:_relieved", without_those_that_wait),
        healing.test_a_corrected_template_comes_up_although_more_crash_than_may_be_replaced_at_once,
        {"replicas": 5},
        expects="in 10800 s",
    ),
    Plant(
        Bug(78, "the limit on heals held for a day", f"{SERVICE}.storm:lapses", a_day_later, wraps=True),
        healing.test_a_service_that_only_crashes_does_not_keep_others_from_being_healed,
        expects="in 300 s",
    ),
    Plant(
        Bug(79, "what is taken over ended first", f"{SERVICE}.correction:arriving", lambda _: False),
        restores.test_what_may_not_be_taken_over_waits_and_is_not_made_again,
        {"places": ["westeurope", "northeurope"]},
        expects="== objects",
    ),
    Plant(
        Bug(80, "well beside one that ails", f"{SERVICE}.rollout:_is_well", with_none_that_ails, wraps=True),
        rollouts.test_past_the_deadline_a_new_one_that_crash_loops_lets_nothing_be_made_and_ended_again,
        expects="- writes",
    ),
    Plant(
        Bug(81, "the canary always last", f"{SERVICE}.canary:change", with_none_that_fails, wraps=True),
        rollouts.test_a_template_that_mends_what_cannot_start_any_more_is_rolled_out,
        expects="3 container groups, not 2",
    ),
    Plant(
        Bug(82, "a read that fails says why it failed", f"{GROUP}.watch:_judged", watch._ready),  # noqa: SLF001
        healing.test_a_crash_loop_serves_until_its_successor_does_though_a_read_of_it_fails,
        expects="[new.ip]",
    ),
)
