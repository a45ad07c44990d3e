"""Each row of the table is red when the product has the mistake that the row is there for."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Plant:
    """A bug, its number in docs/planted-bugs.md, the row that shows it, and what the row's complaint has in it."""

    number: int
    bug: Callable[[], None]
    row: Row
    complaint: str

    def __str__(self) -> str:
        return self.bug.__name__


QUICK = (
    Plant(
        8,
        bugs.put_again_when_the_answer_is_lost,
        answers.test_an_answer_that_is_cut_off_and_a_503_for_what_was_done,
        r"\{1, 2\} == \{1\}",
    ),
    Plant(
        27,
        bugs.change_the_times_of_conditions_always,
        lambda scene: life.check_rest(scene, 3),
        "resource='aci(services|containergroups)/status'",
    ),
)
LONG = (
    Plant(14, bugs.let_the_object_go_before_the_group, deletion.test_a_namespace_is_deleted, r"== \[\]"),
    Plant(
        2,
        bugs.look_at_no_tag_but_the_cluster,
        foreign.test_a_group_of_someone_else_at_the_wanted_name_is_left_alone,
        '"state": "Running"',
    ),
    Plant(
        49,
        bugs.make_new_ones_beside_the_old,
        restore.test_a_service_restored_from_git_takes_its_groups_over,
        "(?s)('puts': 1.*){6}",
    ),
    Plant(
        41,
        bugs.collect_in_the_first_round,
        lambda scene: restore.check_restored(scene, owners=True, round_first=True),
        "web-",
    ),
    Plant(
        13,
        bugs.surge_without_measure,
        life.test_a_new_image_is_rolled_out_and_the_end_leaves_nothing,
        r"assert [5-9] <= 4",
    ),
    Plant(12, bugs.give_names_again, life.test_scaling_gives_the_right_count_and_no_name_twice, r"== \{1\}"),
    Plant(
        28,
        bugs.do_not_wait_as_long_as_azure_says,
        answers.test_throttled_unavailable_and_with_a_token_that_is_no_longer_good,
        "before Azure allowed it",
    ),
    Plant(
        37,
        bugs.lead_for_ever_and_never_mind_conflicts,
        lambda scene: leaders.check_through_changes(scene, 60),
        r"assert \d+ <= ",
    ),
)


def test_every_bug_finds_what_it_replaces() -> None:
    plant_all = "import bugs; [bug() for bug in bugs.BUGS.values()]"
    done = subprocess.run(
        [sys.executable, "-c", plant_all],
        cwd=Path(bugs.__file__).parent,
        env={name: value for name, value in os.environ.items() if name != "PLANTED"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("plant", [*QUICK, *(pytest.param(plant, marks=pytest.mark.soak) for plant in LONG)], ids=str)
def test_the_row_is_red(scene: Scene, plant: Plant) -> None:
    scene.planted, scene.patience = str(plant), PATIENCE
    with pytest.raises(AssertionError) as complaint:
        plant.row(scene)
    assert f"planted: {plant}" in scene.log
    assert re.search(plant.complaint, str(complaint.value)), str(complaint.value)


@pytest.mark.soak
def test_a_kill_is_red_when_a_restart_forgets_what_was_sent(relayed: Scene, relay: Relay) -> None:
    relayed.planted, relayed.patience = bugs.forget_after_a_restart_what_was_sent.__name__, PATIENCE
    point = next(point for point in kill.RISING if point.name == "put-after-effect")
    with pytest.raises(AssertionError, match="'puts': 2"):
        kill.test_killed_on_the_way_up(relayed, relay, point, 2)
    assert "planted: " in relayed.log
