import re
from decimal import Decimal

import pytest
from aci_operator.api.quantities import Quantity, cpu_cores, memory_gb, parse
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

NUMBERS = st.one_of(
    st.from_regex(r"[0-9]{1,7}", fullmatch=True),
    st.from_regex(r"[0-9]{0,4}\.[0-9]{1,24}", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}\.", fullmatch=True),
)
UNITS = st.sampled_from(["", "n", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e-3", "E3", "e+2"])
QUANTITIES = st.tuples(NUMBERS, UNITS).map("".join)
NEAR_QUANTITIES = st.one_of(
    QUANTITIES,
    st.tuples(NUMBERS, UNITS, UNITS).map("".join),
    st.text(st.sampled_from("0123456789.eE+-numkMGTKi"), max_size=8),
)


@pytest.mark.parametrize(
    ("quantity", "number"),
    [
        ("1", "1"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("2.", "2"),
        ("500m", "0.5"),
        ("250000u", "0.25"),
        ("1n", "1e-9"),
        ("2k", "2000"),
        ("1500M", "1.5e9"),
        ("2G", "2e9"),
        ("1T", "1e12"),
        ("1Ki", "1024"),
        ("1Mi", "1048576"),
        ("1.5Gi", "1610612736"),
        ("1Ti", "1099511627776"),
        ("1e9", "1e9"),
        ("15E-1", "1.5"),
        ("12345678901234567890.12345678901Ti", None),
        ("1.000000000000000000000000000001", "1.000000000000000000000000000001"),
    ],
)
def test_a_quantity_is_read_to_the_last_digit(quantity: str, number: str | None) -> None:
    if number is None:
        with pytest.raises(ValueError, match="is not a quantity"):
            parse(quantity)
    else:
        assert parse(quantity) == Decimal(number)


@pytest.mark.parametrize(
    ("quantity", "cores"),
    [("1", 1.0), ("500m", 0.5), ("0.25", 0.25), ("1m", 0.01), ("101m", 0.11), ("110m", 0.11), ("1.001", 1.01)],
)
def test_cpu_is_rounded_up_to_hundredths_of_a_core(quantity: str, cores: float) -> None:
    assert cpu_cores(quantity) == cores


@pytest.mark.parametrize(
    ("quantity", "gb"),
    [
        ("1500M", 1.5),
        ("1.5G", 1.5),
        ("1G", 1.0),
        ("1Gi", 1.1),
        ("1.5Gi", 1.7),
        ("2Gi", 2.2),
        ("512Mi", 0.6),
        ("1500000001", 1.6),
        ("1e9", 1.0),
        ("1", 0.1),
    ],
)
def test_memory_is_rounded_up_to_tenths_of_a_decimal_gb(quantity: str, gb: float) -> None:
    assert memory_gb(quantity) == gb


@pytest.mark.parametrize(
    "quantity",
    ["", "1 Gi", "-1", "+1", "1Gb", "1mi", "1.5.0", "e3", ".", "Gi", "1e", "1e3Gi", "\N{ARABIC-INDIC DIGIT ONE}"],
)
def test_what_is_no_quantity_is_refused_with_an_example(quantity: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'"{quantity}" is not a quantity such as 500m, 1.5 or 2Gi')):
        parse(quantity)


@pytest.mark.parametrize("quantity", ["0", "0m", "0.0Gi", "0e3", ".0"])
def test_nothing_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="must be more than zero"):
        parse(quantity)


@pytest.mark.parametrize(("written", "read"), [(1, "1"), (0.5, "0.5"), ("500m", "500m")])
def test_a_number_in_yaml_is_a_quantity_too(written: object, read: str) -> None:
    assert TypeAdapter(Quantity).validate_python(written) == read


@given(QUANTITIES)
def test_the_result_is_never_less_than_asked_and_never_a_step_more(quantity: str) -> None:
    try:
        asked = parse(quantity)
    except ValueError:
        return
    assume(asked < 10**13)  # beyond, a float has no hundredths; Azure has not that many cores
    cores, gb = Decimal(repr(cpu_cores(quantity))), Decimal(repr(memory_gb(quantity)))
    assert asked <= cores < asked + Decimal("0.01")
    assert asked <= gb * 10**9 < asked + 10**8


@given(NEAR_QUANTITIES)
def test_the_api_server_takes_exactly_what_is_parsed(quantity: str) -> None:
    schema = TypeAdapter(Quantity).json_schema()
    expression = schema["x-kubernetes-validations"][0]["rule"]
    pattern = expression.removeprefix("type(self) == int ? self > 0 : self.matches(r'").removesuffix("')")
    try:
        parse(quantity)
    except ValueError:
        assert not re.search(pattern, quantity) or len(quantity) > schema["maxLength"]
    else:
        assert re.search(pattern, quantity)
