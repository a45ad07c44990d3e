"""Rules as data: which requests they match, when they fire, and what they must say."""

import re
from typing import Any

import pytest
from aci_emulator import Request, Response, Rule
from aci_emulator.front import declared
from aci_emulator.front.distortions import distorted
from aci_emulator.front.faults import Faults, Kind, answer
from aci_emulator.front.kinds import KINDS
from hypothesis import given
from hypothesis import strategies as st

from .machine import GROUPS, Machine

WRITE, READ, LIST = "containerGroups/write", "containerGroups/read", "containerGroups/list"


def put(principal: str | None = None) -> Request:
    return Machine.request("PUT", f"{GROUPS}/g", {}, principal)


@pytest.mark.parametrize(
    ("fields", "hits"),
    [
        ({}, True),
        ({"method": "PUT", "path": "*/containerGroups/g"}, True),
        ({"path": "*/containergroups/G"}, True),
        ({"path": "*/containerGroups"}, False),
        ({"method": "put"}, True),
        ({"method": "GET"}, False),
        ({"path": "re:.*/containerGroups/[a-z]"}, True),
        ({"path": "re:containerGroups"}, False),
        ({"operation": "containerGroups/write"}, True),
        ({"operation": "containergroups/*"}, True),
        ({"operation": "containerGroups/list"}, False),
        ({"principal": "CLIENT"}, True),
        ({"principal": "other"}, False),
    ],
)
def test_which_requests_match(fields: dict[str, Any], hits: bool) -> None:
    faults = Faults()
    faults.add(Rule("cut-before", **fields))
    assert (faults.take(put("client"), WRITE) is not None) == hits


def test_a_rule_for_a_principal_does_not_match_an_unknown_caller() -> None:
    assert not Rule("cut-before", principal="client").matches(put(), WRITE)


@pytest.mark.parametrize(
    ("kind", "reached", "passed"),
    [
        ("stale", {READ, LIST, "containerGroups/listBySubscription"}, {WRITE, "operations/read", "token"}),
        ("empty", {LIST, "containerGroups/listBySubscription"}, {READ, "resourceGroups/list"}),
        ("not-found", {READ, "containerGroups/delete"}, {LIST, WRITE}),
        ("late-delete", {"containerGroups/delete"}, {"resourceGroups/delete"}),
        ("forbidden", {WRITE, "resourceGroups/read"}, {"token", "unknown"}),
        ("token-down", {"token"}, {WRITE, "unknown"}),
        ("cut-after", {WRITE, "token", "unknown"}, set()),
    ],
)
def test_which_requests_a_kind_can_hit(kind: Kind, reached: set[str], passed: set[str]) -> None:
    rule = Rule(kind, seconds=1) if "seconds" in KINDS[kind].needs else Rule(kind)
    assert {name for name in reached | passed if rule.matches(put(), name)} == reached


def test_rules_are_used_in_order_and_used_up() -> None:
    faults = Faults()
    first, second = faults.add(Rule("cut-before", count=2)), faults.add(Rule("cut-after", count=None))
    taken = [rule.id for rule in (faults.take(put(), WRITE) for _ in range(4)) if rule]
    assert taken == [first, first, second, second]
    assert [rule.hits for rule in faults.rules] == [2, 2]
    assert faults.counts == {"cut-before": 2, "cut-after": 2}


def test_the_nth_match_is_hit_and_the_others_are_left_to_later_rules() -> None:
    faults = Faults()
    third, rest = faults.add(Rule("cut-before", skip=2)), faults.add(Rule("cut-after", count=None))
    taken = [rule.id for rule in (faults.take(put(), WRITE) for _ in range(5)) if rule]
    assert taken == [rest, rest, third, rest, rest]


def test_a_request_that_does_not_match_is_not_skipped() -> None:
    rule = Rule("cut-before", skip=1, operation=LIST)
    assert [rule.fires(put(), name) for name in (WRITE, LIST, WRITE, LIST)] == [False, False, False, True]


@given(probability=st.floats(0.2, 0.8), seed=st.integers())
def test_chance_is_the_rules_own_and_repeatable(probability: float, seed: int) -> None:
    def story() -> list[bool]:
        rule = Rule("cut-before", count=None, probability=probability, seed=seed)
        return [rule.fires(put(), WRITE) for _ in range(100)]

    fired = story()
    assert fired == story()
    assert True in fired
    assert False in fired


@given(skip=st.integers(0, 5), count=st.integers(1, 5), asked=st.integers(0, 20))
def test_a_rule_hits_so_many_after_those_it_lets_pass(skip: int, count: int, asked: int) -> None:
    rule = Rule("cut-before", skip=skip, count=count)
    fired = [index for index in range(asked) if rule.fires(put(), WRITE)]
    assert fired == [index for index in range(asked) if skip <= index < skip + count]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("answer", {}, "a rule of kind answer needs answer"),
        ("cut-before", {"answer": Response(500)}, "a rule of kind cut-before takes no answer"),
        ("hold-after", {"answer": Response(500)}, "a rule of kind hold-after takes no answer"),
        ("cut-after", {"count": 0}, "at least one request"),
        ("cut-after", {"skip": -1}, "skip is 0 or more"),
        ("cut-after", {"probability": 0.0}, "probability is above 0"),
        ("cut-after", {"probability": 1.1}, "at most 1"),
        ("cut-after", {"path": "re:("}, "path is no regular expression"),
        ("cut-after", {"late": True}, "takes no late"),
        ("stale", {}, "needs seconds"),
        ("stale", {"seconds": 601}, "from 0 to 600"),
        ("delay-after", {"seconds": -1}, "from 0 to inf"),
        ("omit", {}, "needs name"),
        ("partial", {}, "either first or share"),
        ("partial", {"first": 1, "share": 0.5}, "either first or share"),
        ("partial", {"share": 2.0}, "share is from 0 to 1"),
        ("partial", {"first": -1}, "first is 0 or more"),
        ("not-found", {"code": "NotFound"}, "ResourceNotFound, ResourceGroupNotFound"),
        ("forbidden", {"code": "AuthorizationFailed"}, "takes no code"),
        ("explode", {}, "unknown kind 'explode', expected one of answer, "),
    ],
)
def test_a_rule_that_makes_no_sense(kind: Kind, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Rule(kind, **fields)


PAGE = {"value": [{"name": "a-1"}, {"name": "A-2"}, {"name": "b-1"}], "nextLink": "more"}


@pytest.mark.parametrize(
    ("rule", "names", "goes_on"),
    [
        (Rule("omit", name="a-*"), ["b-1"], True),
        (Rule("empty"), [], False),
        (Rule("partial", first=1), ["a-1"], False),
        (Rule("partial", first=0), [], False),
        (Rule("partial", share=0.7), ["a-1", "A-2"], False),
        (Rule("duplicate"), ["a-1", "A-2", "b-1", "a-1", "A-2", "b-1"], True),
        (Rule("cut-after"), ["a-1", "A-2", "b-1"], True),
    ],
    ids=lambda value: value.kind if isinstance(value, Rule) else "",
)
def test_how_a_page_is_spoiled(rule: Rule, names: list[str], goes_on: bool) -> None:
    shown = distorted(rule, Response.of(200, PAGE)).document
    assert [item["name"] for item in shown["value"]] == names
    assert ("nextLink" in shown) == goes_on


def test_a_refusal_is_not_spoiled() -> None:
    refused = answer(429, "TooManyRequests")
    assert distorted(Rule("empty"), refused) is refused


def test_a_declared_rule_is_the_rule() -> None:
    document = {"kind": "answer", "operation": LIST, "skip": 2, "count": None, "probability": 0.5, "seed": 9}
    rule = declared.rule({**document, "status": 429, "code": "Busy", "headers": {"Retry-After": 5}})
    assert rule == Rule(**document, answer=answer(429, "Busy", headers={"Retry-After": "5"}))  # type: ignore[arg-type]  # a dict of fields


@pytest.mark.parametrize(
    ("documents", "sentence"),
    [
        ("stale", "faults: a list of rules is expected, not 'stale'"),
        ([{"kind": "empty"}, "stale"], "faults[1]: Input should be a valid dictionary"),
        ([{}], "faults[0]: kind: Field required"),
        ([{"kind": "explode"}], "faults[0]: kind: Input should be 'answer', 'answer-after'"),
        ([{"kind": "stale"}], "faults[0]: a rule of kind stale needs seconds"),
        ([{"kind": "empty", "pth": "*"}], "faults[0]: pth: no such field of a rule"),
        ([{"kind": "empty", "hits": 3}], "faults[0]: hits: no such field of a rule"),
        ([{"kind": "empty", "count": "many"}], "faults[0]: count: Input should be a valid integer"),
        ([{"kind": "answer", "status": 99}], "faults[0]: status: Input should be greater than or equal to 200"),
        ([{"kind": "empty", "status": 500}], "faults[0]: a rule of kind empty takes no answer"),
    ],
)
def test_a_wrong_declaration_is_a_sentence(documents: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as wrong:
        declared.rules(documents)
    assert "\n" not in str(wrong.value)


def test_no_rules_are_no_rules() -> None:
    assert declared.rules(None) == []
