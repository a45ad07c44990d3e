"""Each row of the table is red when the product has the mistake that the row is there for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster import test_safety_answers as answers
from tests.cluster import test_safety_deletion as deletion
from tests.cluster import test_safety_foreign as foreign
from tests.cluster import test_safety_kill as kill
from tests.cluster import test_safety_leaders as leaders
from tests.cluster import test_safety_restore as restore
from tests.cluster import test_service_life as life
from tests.cluster.planted import bugs
from tests.cluster.relay import Relay
from tests.cluster.scenes import Scene

PATIENCE = 20.0
"""Seconds that a row waits when its wait is what shows the bug."""

Row = Callable[[Scene], object]

QUICK: list[tuple[Callable[[], None], Row]] = [
    (bugs.put_again_when_the_answer_is_lost, answers.test_the_answer_to_a_put_is_cut_off),
    (bugs.let_the_object_go_before_the_group, deletion.test_a_finalizer_that_a_replace_drops_comes_back),
]
LONG: list[tuple[Callable[[], None], Row]] = [
    (bugs.put_again_when_the_answer_is_lost, answers.test_a_503_for_a_group_that_was_created),
    (bugs.let_the_object_go_before_the_group, deletion.test_a_namespace_is_deleted),
    (bugs.look_at_no_tag_but_the_cluster, foreign.test_a_group_of_someone_else_at_the_wanted_name_is_left_alone),
    (bugs.make_new_ones_beside_the_old, restore.test_a_service_restored_from_git_takes_its_groups_over),
    (bugs.collect_in_the_first_round, lambda scene: restore.check_restored(scene, owners=True, round_first=True)),
    (bugs.surge_without_measure, life.test_a_new_image_is_rolled_out_and_the_end_leaves_nothing),
    (bugs.change_the_times_of_conditions_always, lambda scene: life.check_rest(scene, 8)),
    (bugs.give_names_again, life.test_scaling_gives_the_right_count_and_no_name_twice),
    (
        bugs.do_not_wait_as_long_as_azure_says,
        answers.test_throttled_unavailable_and_with_a_token_that_is_no_longer_good,
    ),
    (bugs.lead_for_ever_and_never_mind_conflicts, lambda scene: leaders.check_through_changes(scene, 60)),
]


def case(bug: Callable[[], None], row: Row, *marks: Any) -> Any:
    return pytest.param(bug.__name__, row, id=bug.__name__, marks=marks)


@pytest.mark.parametrize(
    ("bug", "row"), [case(*pair) for pair in QUICK] + [case(*pair, pytest.mark.soak) for pair in LONG]
)
def test_the_row_is_red(scene: Scene, bug: str, row: Row) -> None:
    scene.planted, scene.patience = bug, PATIENCE
    with pytest.raises(AssertionError):
        row(scene)
    assert f"planted: {bug}" in scene.log


@pytest.mark.soak
def test_a_kill_is_red_when_a_restart_forgets_what_was_sent(relayed: Scene, relay: Relay) -> None:
    relayed.planted, relayed.patience = bugs.forget_after_a_restart_what_was_sent.__name__, PATIENCE
    point = next(point for point in kill.RISING if point.name == "put-after-effect")
    with pytest.raises(AssertionError):
        kill.test_killed_on_the_way_up(relayed, relay, point, 2)
    assert "planted: " in relayed.log
