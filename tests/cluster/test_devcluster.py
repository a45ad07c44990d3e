import jwt
import pytest

from devcluster.cluster import ControlPlane, KubectlFailed
from devcluster.components import ISSUER
from devcluster.system import names
from tests.cluster.audit import AuditLog


def test_the_controllers_run(control_plane: ControlPlane) -> None:
    control_plane.kubectl("create", "namespace", "passing")
    control_plane.kubectl("create", "configmap", "note", "--namespace", "passing")
    control_plane.kubectl("delete", "namespace", "passing", "--timeout=60s")  # is emptied by one of them


def test_a_killed_api_server_comes_back_with_its_data(control_plane: ControlPlane) -> None:
    control_plane.kubectl("create", "configmap", "survivor")
    control_plane.run.kill("kube-apiserver")
    with pytest.raises(KubectlFailed):
        control_plane.kubectl("get", "configmap", "survivor")
    control_plane.restart_apiserver()
    control_plane.kubectl("delete", "configmap", "survivor")


def test_the_audit_log_tells_who_wrote(control_plane: ControlPlane) -> None:
    log = AuditLog(control_plane.audit_log)
    before = log.now()
    control_plane.kubectl("create", "configmap", "written")
    control_plane.kubectl("get", "configmap", "written")
    control_plane.kubectl("delete", "configmap", "written")
    writes = log.writes(before, user="admin")
    assert [(write.verb, write.resource, write.name, write.code) for write in writes] == [
        ("create", "configmaps", "written", 201),
        ("delete", "configmaps", "written", 200),
    ]
    assert log.writes(before, user="nobody") == []


def test_azure_can_check_a_token_of_a_service_account(control_plane: ControlPlane) -> None:
    token = control_plane.token("default", "default", audience=names.AUDIENCE)
    claims = jwt.decode(
        token, control_plane.issuer_keys.read_text(), algorithms=["RS256"], audience=names.AUDIENCE, issuer=ISSUER
    )
    assert claims["sub"] == "system:serviceaccount:default:default"
    assert claims["exp"] - claims["iat"] == 24 * 3600
