import re

import pytest
from aci_operator.core.naming import NAME_LIMIT, group_name, revision_name, service_part
from hypothesis import assume, given
from hypothesis import strategies as st

# What the CRD lets through as the name of an object.
FORM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
services = st.from_regex(FORM, fullmatch=True).filter(lambda it: len(it) <= NAME_LIMIT)
tokens = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=8, max_size=8)


def test_a_name_tells_service_number_and_token() -> None:
    assert group_name("llm", 12, "abcdefgh") == "llm-12-abcdefgh"


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("a" * 52, "a" * 52 + "-1-abcdefgh"),
        ("a" * 63, "a" * 46 + "-pu7hj-1-abcdefgh"),
        ("a" * 45 + "-" + "b" * 11, "a" * 45 + "-q5jt5-1-abcdefgh"),
    ],
    ids=["just fits", "cut", "no double hyphen at the cut"],
)
def test_a_long_name_is_shortened(service: str, name: str) -> None:
    assert group_name(service, 1, "abcdefgh") == name


@pytest.mark.parametrize(
    ("group", "part"),
    [
        ("llm-1-abcdefgh", "llm"),
        ("llm-123456789-abcdefgh", "llm"),
        ("llm-2-1-abcdefgh", "llm-2"),
        ("a" * 52 + "-1-abcdefgh", "a" * 52),
        ("a" * 46 + "-pu7hj-1-abcdefgh", "a" * 46 + "-pu7hj"),
    ],
    ids=["the first", "a later one", "a service that looks like a replica", "just fits", "cut"],
)
def test_the_part_of_its_service_is_all_but_number_and_token(group: str, part: str) -> None:
    assert service_part(group) == part


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("llm", "llm-abcdefghij"),
        ("a" * 52, "a" * 52 + "-abcdefghij"),
        ("a" * 53, "a" * 46 + "-vprun-abcdefghij"),
        ("a" * 52 + "-first", "a" * 46 + "-sjtyw-abcdefghij"),
        ("a" * 52 + "-other", "a" * 46 + "-fuxov-abcdefghij"),
    ],
    ids=["short", "just fits", "cut", "cut, with a namesake", "the namesake"],
)
def test_the_name_of_a_revision_never_changes(service: str, name: str) -> None:
    """Another name for what is stored already would be a rollout."""
    assert revision_name(service, "abcdefghij") == name


@given(services, st.integers(1, 10**9), tokens)
def test_every_name_is_one_that_azure_and_the_crd_take(service: str, serial: int, token: str) -> None:
    name = group_name(service, serial, token)
    assert FORM.fullmatch(name)
    assert len(name) <= NAME_LIMIT
    assert name.endswith(f"-{serial}-{token}")


@given(services)
def test_the_name_of_a_revision_is_a_labels_value(service: str) -> None:
    name = revision_name(service, "abcdefghij")
    assert FORM.fullmatch(name)
    assert len(name) <= NAME_LIMIT


@given(services, services)
def test_two_services_never_share_the_name_of_a_revision(service: str, other: str) -> None:
    """Not even those that begin alike and are both cut."""
    assume(service != other)
    beginning = "a" * 50
    ours, theirs = (f"{beginning}{name}"[:NAME_LIMIT].rstrip("-") for name in (service, other))
    assert ours == theirs or revision_name(ours, "abcdefghij") != revision_name(theirs, "abcdefghij")
