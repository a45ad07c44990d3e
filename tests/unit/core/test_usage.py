"""Whether one more group fits into the quotas, and the sentence when it does not."""

import pytest
from aci_operator.api.template import Priority
from aci_operator.core.shortage import Size
from aci_operator.core.usage import CORES, GROUPS, SPOT_CORES, Usage, lacking, nearly_used


def usages(groups: tuple[float, float] = (0, 100), cores: tuple[float, float] = (0, 100)) -> list[Usage]:
    return [Usage(GROUPS, *groups), Usage(CORES, *cores), Usage("StandardK80Cores", 0, 0)]


def test_spot_cores_are_a_quota_of_their_own() -> None:
    known = [*usages(cores=(100, 100)), Usage(SPOT_CORES, 8, 10)]
    spot = Size(4, 1, Priority.SPOT)
    assert lacking(known, {}, spot, "westeurope") == "8 of 10 spot cores in westeurope are used, and it needs 4"
    assert lacking(known, {}, Size(2, 1, Priority.SPOT), "westeurope") is None
    assert nearly_used(known, {}, spot)


@pytest.mark.parametrize(
    ("known", "since", "near"),
    [
        ([], {}, False),
        (usages((80, 100)), {}, False),
        (usages((91, 100)), {}, True),
        (usages((80, 100)), {GROUPS: 11}, True),
        (usages((0, 3)), {}, True),
        (usages(cores=(95, 100)), {}, True),
        ([*usages(), Usage(SPOT_CORES, 0, 0)], {}, False),
    ],
)
def test_what_is_nearly_used(known: list[Usage], since: dict[str, float], near: bool) -> None:
    assert nearly_used(known, since, Size(1, 1)) is near


@pytest.mark.parametrize(
    ("known", "since", "cpu", "sentence"),
    [
        pytest.param([], {}, 4, None, id="nothing known"),
        pytest.param(usages(), {}, 4, None, id="all free"),
        pytest.param(usages((99, 100)), {}, 4, None, id="the last one"),
        pytest.param(usages((100, 100)), {}, 4, "100 of 100 container groups in westeurope are used", id="none left"),
        pytest.param(
            usages((98, 100)), {GROUPS: 2}, 4, "100 of 100 container groups in westeurope are used", id="our own since"
        ),
        pytest.param(usages(cores=(96, 100)), {}, 4, None, id="just enough cores"),
        pytest.param(
            usages(cores=(96, 100)),
            {CORES: 1.5},
            4,
            "97.5 of 100 cores in westeurope are used, and it needs 4",
            id="too few cores",
        ),
        pytest.param(usages((120, 100)), {}, 1, "120 of 100 container groups in westeurope are used", id="overdrawn"),
        pytest.param([Usage(GROUPS, 0, 0)], {}, 1, "0 of 0 container groups in westeurope are used", id="a limit of 0"),
    ],
)
def test_what_is_lacking(known: list[Usage], since: dict[str, float], cpu: float, sentence: str | None) -> None:
    assert lacking(known, since, Size(cpu, 1), "westeurope") == sentence
