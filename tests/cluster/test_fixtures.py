from devcluster.system.operator import Operator
from tests.cluster.kubectl import Kubectl


def test_a_killed_operator_starts_again(operator: Operator, kubectl: Kubectl) -> None:
    operator.start()
    operator.kill()
    assert not operator.ready()
    operator.start_again()
    assert operator.ready()
    assert kubectl.items("acg") == []
