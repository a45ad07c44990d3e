"""Which replicas may still serve, and which are counted on."""

import pytest
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.service.replicas import ailing, serves

from tests.unit.core.builders import failed, replica


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(failed(1, lived=60, why=Reason.CRASH_LOOPING), True, id="crash loop"),
        pytest.param(failed(1, lived=60, why=Reason.NO_IP), True, id="no IP"),
        pytest.param(failed(1, lived=60, why=Reason.STUCK), True, id="hangs"),
        pytest.param(failed(1, why=Reason.STUCK), False, id="it never served"),
        pytest.param(failed(1, lived=60, why=Reason.STOPPED), False, id="stopped"),
        pytest.param(replica(1, ready=False, proven=True), False, id="it only falters"),
    ],
)
def test_which_may_still_serve(group: ContainerGroup, expected: bool) -> None:
    assert ailing(group) is expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(replica(1), True, id="ready"),
        pytest.param(replica(1, ready=False, proven=True), True, id="it only falters"),
        pytest.param(replica(1, ready=False, proven=False), False, id="it runs, and never served"),
        pytest.param(failed(1, lived=60), False, id="it failed"),
    ],
)
def test_which_is_counted_on(group: ContainerGroup, expected: bool) -> None:
    assert serves(group) is expected
