"""What `aci-operator rollout` says and asks for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Progress, ServiceStatus
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.revision import Revision
from aci_operator.core.service.rollback import (
    finished,
    going_back,
    is_at,
    merge_patch,
    previous,
    progress,
    restart,
    resume_first,
    stalled,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import T0, revision, service

V1, V2, V3 = revision("v1", 1), revision("v2", 2), revision("v3", 3)


def told(verdict: Verdict, **counts: Any) -> ServiceStatus:
    return ServiceStatus(observed_generation=1, conditions=judged((), verdict, 1, T0), **counts)


DONE = told(Verdict.fine(Reason.READY, "3 of 3 replicas ready"))
HALF = told(Verdict.underway(Reason.ROLLING_OUT, "2 of 3 replicas ready"), updated_replicas=1, available_replicas=2)
COMPLETED = told(
    Verdict.underway(Reason.COMPLETED, "1 of 3 replicas ready; 2 completed"),
    progress=Progress(revision=V1.name, complete=True),
)
PAUSED = told(
    Verdict.underway(Reason.COMPLETED, "0 of 3 replicas ready; 3 completed"), progress=Progress(revision="v2")
)
STUCK = told(Verdict.stuck(Reason.DEADLINE_EXCEEDED, "no new replica"))


@pytest.mark.parametrize(
    ("status", "says", "is_finished", "is_stalled"),
    [
        pytest.param(DONE, '"llm" is rolled out: 3 of 3 replicas ready', True, False, id="done"),
        pytest.param(COMPLETED, '"llm" is rolled out: 1 of 3 replicas ready; 2 completed', True, False, id="completed"),
        pytest.param(
            PAUSED,
            '"llm": 0 of 3 replicas are of the new revision, 0 available '
            "(Completed: 0 of 3 replicas ready; 3 completed)",
            False,
            False,
            id="the old ones have completed",
        ),
        pytest.param(
            HALF,
            '"llm": 1 of 3 replicas are of the new revision, 2 available (RollingOut: 2 of 3 replicas ready)',
            False,
            False,
            id="half",
        ),
        pytest.param(
            STUCK,
            '"llm": 0 of 3 replicas are of the new revision, 0 available (ProgressDeadlineExceeded: no new replica)',
            False,
            True,
            id="stuck",
        ),
        pytest.param(
            ServiceStatus(observed_generation=1),
            '"llm": 0 of 3 replicas are of the new revision, 0 available',
            False,
            False,
            id="nothing is said yet",
        ),
        pytest.param(
            ServiceStatus(), 'waiting for the operator to see generation 1 of "llm"', False, False, id="not seen"
        ),
    ],
)
def test_progress(status: ServiceStatus, says: str, is_finished: bool, is_stalled: bool) -> None:
    subject = service(3, status=status)
    assert progress(subject) == says
    assert (finished(subject), stalled(subject)) == (is_finished, is_stalled)


def test_what_was_true_of_an_older_generation_is_not_believed() -> None:
    assert not finished(service(3, status=DONE, meta_generation=2))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(None, V2, id="the latest other"),
        pytest.param(0, V2, id="0 is no number"),
        (1, V1),
        (3, V3),
        pytest.param(9, None, id="there is none"),
    ],
)
def test_which_revision_to_go_back_to(number: int | None, expected: Any) -> None:
    present = service(image="v3", status=ServiceStatus(update_revision=V3.name))
    assert previous(present, [V1, V2, V3], number) == expected


@pytest.mark.parametrize(
    ("image", "seen", "before", "expected"),
    [
        pytest.param("v2", V2, V1, V1, id="it had been gone back to v1 before v2 came again"),
        pytest.param("v1", V1, V3, V3, id="undone, undone again"),
        pytest.param("v3", V2, V1, V2, id="the operator has not seen v3 yet"),
        pytest.param("v2", V2, revision("v0", 0), V3, id="what was before is no longer stored"),
    ],
)
def test_without_a_number_it_goes_back_to_what_was_wanted_before(
    image: str, seen: Revision, before: Revision, expected: Revision
) -> None:
    status = ServiceStatus(update_revision=seen.name, previous_revision=before.name)
    assert previous(service(image=image, status=status), [V1, V2, V3], None) == expected


def test_with_one_revision_there_is_nothing_to_go_back_to() -> None:
    assert previous(service(status=ServiceStatus(update_revision=V1.name)), [V1], None) is None


def test_a_paused_service_is_resumed_first() -> None:
    assert resume_first(service()) == ""
    assert resume_first(service(paused=True)) == (
        '"llm" is paused: resume it first, by spec.paused: false in its manifest or by '
        """`kubectl patch acis llm -n team-a --type=merge -p '{"spec":{"paused":false}}'`"""
    )


def test_at_a_revision_is_who_has_its_template_and_network() -> None:
    assert is_at(service(image="v2"), V2)
    assert not is_at(service(image="v2"), V1)


def apply(patch: Any, before: Any) -> Any:
    """RFC 7386, the reading side."""
    if not isinstance(patch, dict):
        return patch
    result = dict(before) if isinstance(before, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = apply(value, result.get(name))
    return result


def test_going_back_makes_template_and_network_those_of_the_revision() -> None:
    spec = service(image="v2", paused=True).spec.manifest()
    spec["template"]["spec"]["identities"] = ["left out before"]
    gone_back = apply(going_back(spec, V1), spec)
    assert (gone_back["template"], gone_back["network"]) == (
        V1.data.manifest()["template"],
        V1.data.manifest()["network"],
    )
    assert gone_back["paused"] is True


def test_going_back_gives_a_network_to_a_spec_that_names_none() -> None:
    wanted = V1.data.manifest()
    assert going_back({"template": wanted["template"]}, V1) == {"template": {}, "network": wanted["network"]}


def test_a_restart_changes_an_annotation_of_the_template_and_nothing_else() -> None:
    patch = restart(datetime(2026, 11, 25, 10, tzinfo=UTC))
    assert patch == {"template": {"metadata": {"annotations": {"acioperator.dev/restartedAt": "2026-11-25T10:00:00Z"}}}}


documents = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.one_of(st.integers(), st.text(max_size=2), st.lists(st.integers(), max_size=2)),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


@given(documents, documents)
def test_a_merge_patch_turns_the_one_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert apply(merge_patch(before, after), before) == after
