"""The line: heals first, then one of each service in turn, and a newcomer waits for nobody's queue."""

from datetime import timedelta

import pytest
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.line import Line, Request
from aci_operator.engine.ports import Key
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.builders import at

LATER = at(10_000)


def request(name: str, share: Share = Share.GROWTH) -> Request:
    """A request by the name of its group, which begins with the letter of its service."""
    return Request(Key("team-a", name), service=Key("team-a", name[0]), share=share)


def line(*names: str) -> Line:
    """A line of groups; `!` marks a heal, `?` a retry."""
    shares = {"!": Share.HEAL, "?": Share.RETRY}
    made = Line()
    for name in names:
        made.join(request(name, shares.get(name[-1], Share.GROWTH)), LATER)
    return made


def order(made: Line, *names: str) -> list[str]:
    """Return groups of the line in its order."""
    return sorted(names, key=lambda name: sum(made.ahead(Key("team-a", name)).values()))


@pytest.mark.parametrize(
    ("arrived", "served"),
    [
        ("a1 a2 a3", "a1 a2 a3"),
        ("a1 a2 a3 b1 b2 c1", "a1 b1 c1 a2 b2 a3"),
        ("a1 a2 b1!", "b1! a1 a2"),
        ("a1! a2! b1! c1", "a1! b1! a2! c1"),
        ("a1? a2 b1", "a2 b1 a1?"),
        ("a1? b1 b2", "b1 a1? b2"),
    ],
)
def test_the_order(arrived: str, served: str) -> None:
    names = arrived.split()
    assert order(line(*names), *names) == served.split()


def test_the_service_whose_turn_is_the_longest_ago_is_next() -> None:
    made = line("a1", "a2", "b1", "b2", "c1", "c2")
    for key in ("c1", "a1", "b1"):
        made.take_turn(request(key))
    assert order(made, "a2", "b2", "c2") == ["c2", "a2", "b2"]
    made.join(request("d1"), LATER)
    assert order(made, "a2", "b2", "c2", "d1")[0] == "d1", "one that had none yet goes ahead"


def test_a_turn_that_was_not_used_is_given_back() -> None:
    made = line("a1", "a2", "b1")
    made.take_turn(request("a1"))
    made.give_back(request("a1"))
    assert order(made, "a2", "b1") == ["b1", "a2"]
    made.take_turn(request("b1"))
    made.join(request("b2"), LATER)
    assert order(made, "a2", "b2") == ["a2", "b2"]


def test_who_did_not_ask_in_time_is_made_up_for() -> None:
    """The requests of b are between two looks while those of a are sent, as far as there is room for both."""
    made = line("a1", "a2", "a3", "b1", "b2", "b3")
    made.take_turn(request("a1"))
    made.take_turn(request("a2"))
    assert order(made, "a3", "b1", "b2", "b3") == ["b1", "b2", "b3", "a3"]


def test_who_comes_late_has_no_turns_to_make_up_for() -> None:
    made = line("a1", "a2", "a3", "a4")
    made.take_turn(request("a1"))
    made.take_turn(request("a2"))
    for key in ("b1", "b2"):
        made.join(request(key), LATER)
    assert order(made, "a3", "a4", "b1", "b2") == ["b1", "a3", "b2", "a4"]


def held(*names: str) -> Line:
    """A line of groups whose retries are held back by their own window."""
    made = line(*names)
    made.hold_retries(True)
    return made


def take_turns(made: Line, *names: str) -> None:
    for name in names:
        made.take_turn(request(name))
        made.sweep(at(0))


GROWING = [f"a{number}" for number in range(10, 30)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("c1", "c2", id="another service"),
        pytest.param("z2", "z3", id="growth of the service of that retry"),
    ],
)
def test_who_comes_late_has_no_turns_to_make_up_for_while_a_retry_is_held_back(first: str, second: str) -> None:
    made = held("z1?", *GROWING)
    take_turns(made, *GROWING[:10])
    for key in (first, second):
        made.join(request(key), LATER)
    assert order(made, *GROWING[10:], first, second)[:4] == [first, "a20", second, "a21"]


def test_retries_that_were_held_back_have_no_turns_to_make_up_for() -> None:
    made = held("z1?", "z2?", "y1?", *GROWING)
    take_turns(made, *GROWING[:10])
    made.join(request("x1", Share.RETRY), LATER)
    made.hold_retries(False)
    served = order(made, "z1?", "z2?", "y1?", "x1", *GROWING[10:])
    assert served[:6] == ["z1?", "y1?", "x1", "a20", "z2?", "a21"]


def test_retries_that_are_held_back_when_nobody_else_waits_keep_their_order() -> None:
    made = line("z1?", "y1?", "y2?", "y3?")
    for name in ("y1?", "y2?"):
        made.take_turn(request(name, Share.RETRY))
    made.hold_retries(True)
    made.sweep(at(0))
    made.join(request("z2", Share.RETRY), LATER)
    made.hold_retries(False)
    assert order(made, "z1?", "z2", "y3?") == ["z1?", "z2", "y3?"]


def test_heals_of_a_service_do_not_cost_its_growth_a_turn() -> None:
    made = line("a1", "b1")
    for key in ("a7", "a8", "a9"):
        made.join(request(key, Share.HEAL), LATER)
        made.take_turn(request(key, Share.HEAL))
    assert order(made, "a1", "b1") == ["a1", "b1"]


def test_asking_again_keeps_the_place_and_may_change_the_share() -> None:
    made = line("a1", "a2", "b1")
    made.join(request("a1"), LATER)
    assert order(made, "a1", "a2", "b1") == ["a1", "b1", "a2"]
    made.join(request("a2", Share.HEAL), LATER)
    assert order(made, "a1", "a2", "b1") == ["a2", "a1", "b1"]


def test_who_leaves_or_stays_away_is_in_nobodys_way() -> None:
    made = line("a1", "a2", "a3")
    made.leave(Key("team-a", "a1"))
    assert made.ahead(Key("team-a", "a3"))[Share.GROWTH] == 1
    made.join(request("a3"), LATER + timedelta(seconds=1))
    made.sweep(LATER)
    assert made.ahead(Key("team-a", "a3"))[Share.GROWTH] == 0


@pytest.mark.parametrize("share", [Share.GROWTH, Share.HEAL])
def test_services_that_took_a_turn_are_forgotten_when_nobody_waits(share: Share) -> None:
    made = Line()
    for number in range(500):
        one_off = Request(Key("team-a", f"{number}"), Key("team-a", f"service-{number}"), share)
        made.join(one_off, LATER)
        made.take_turn(one_off)
    made.sweep(at(0))
    assert sum(len(them) for them in vars(made).values() if isinstance(them, dict)) < 10


def test_one_that_comes_back_at_once_is_behind_one_that_waited() -> None:
    """Whatever is forgotten meanwhile."""
    made = line("a1", "a2", "b1")
    for key in ("a1", "b1"):
        made.take_turn(request(key))
        made.sweep(at(0))
    made.join(request("b2"), LATER)
    assert order(made, "a2", "b2") == ["a2", "b2"]


def test_one_that_was_forgotten_has_neither_credit_nor_debt() -> None:
    made = line("a1", "a2", "a3")
    for key in ("a1", "a2", "a3"):
        made.take_turn(request(key))
    made.sweep(at(0))
    for key in ("b1", "b2", "a4", "a5"):
        made.join(request(key), LATER)
    assert order(made, "a4", "a5", "b1", "b2") == ["b1", "a4", "b2", "a5"]


def test_a_turn_that_is_given_back_after_its_service_was_forgotten_is_no_credit() -> None:
    made = line("a1")
    made.take_turn(request("a1"))
    made.sweep(at(0))
    made.give_back(request("a1"))
    for key in ("b1", "a2", "a3"):
        made.join(request(key), LATER)
    assert order(made, "a2", "a3", "b1") == ["b1", "a2", "a3"]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=80), st.booleans())
def test_no_service_gets_two_turns_more_than_another_that_waits(steps: list[tuple[str, bool]], swept: bool) -> None:
    """Requests arrive and are served in any order of events, whatever is forgotten between them."""
    made, waiting, number = Line(), dict[str, str](), 0
    missed = {service: dict[str, int]() for service in "abcde"}
    for service, arrives in steps:
        if arrives:
            number += 1
            waiting[f"{service}{number}"] = service
            made.join(request(f"{service}{number}"), LATER)
        elif waiting:
            [first, *_] = order(made, *waiting)
            served = waiting.pop(first)
            made.take_turn(request(first))
            missed = {
                other: {}
                if other == served or other not in waiting.values()
                else missed[other] | {served: missed[other].get(served, 0) + 1}
                for other in "abcde"
            }
        if swept:
            made.sweep(at(0))
        assert all(turns <= 1 for turns_of in missed.values() for turns in turns_of.values())


@given(st.lists(st.tuples(st.sampled_from("abcyz"), st.sampled_from(["comes", "turn", "turn", "window"])), max_size=80))
def test_the_same_of_those_that_wait_for_nothing_but_their_turn(steps: list[tuple[str, str]]) -> None:
    """The requests of y and z are retries; their window closes and opens."""
    made, waiting, number, held_back = Line(), dict[str, str](), 0, False
    missed = {service: dict[str, int]() for service in "abcyz"}
    for service, what in steps:
        if what == "comes":
            number += 1
            waiting[f"{service}{number}"] = service
            made.join(request(f"{service}{number}", Share.RETRY if service in "yz" else Share.GROWTH), LATER)
        elif what == "window":
            held_back = not held_back
            made.hold_retries(held_back)
        able = {name: it for name, it in waiting.items() if not (held_back and it in "yz")}
        if what == "turn" and able:
            [first, *_] = order(made, *able)
            served = waiting.pop(first)
            made.take_turn(request(first, Share.RETRY if served in "yz" else Share.GROWTH))
            for other in set(able.values()) - {served}:
                missed[other][served] = missed[other].get(served, 0) + 1
            missed[served] = {}
        made.sweep(at(0))
        for other in missed.keys() - (set(waiting.values()) - (set("yz") if held_back else set())):
            missed[other] = {}
        assert all(turns <= 1 for turns_of in missed.values() for turns in turns_of.values())
