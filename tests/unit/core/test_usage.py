"""Whether one more group fits into the quotas, and the sentence when it does not."""

import pytest
from aci_operator.core.shortage import Size
from aci_operator.core.usage import CORES, GROUPS, Usage, lacking


def usages(groups: tuple[float, float] = (0, 100), cores: tuple[float, float] = (0, 100)) -> list[Usage]:
    return [Usage(GROUPS, *groups), Usage(CORES, *cores), Usage("StandardK80Cores", 0, 0)]


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
