import json
from typing import Any

import pytest
from aci_operator.core.errors import (
    MESSAGE_LIMIT,
    AlreadyExists,
    ApiForbidden,
    ApiInvalid,
    ApiUnavailable,
    ClusterError,
    Conflict,
    ObjectGone,
)
from aci_operator.kube.api import EVENTS, GROUPS, KindMissing
from aci_operator.kube.refusals import Request, refusal

GET = Request("get", GROUPS, "team-a", "llm-1")
STATUS = Request("update", GROUPS, "team-a", "llm-1", "status")
CREATE = Request("create", EVENTS, "team-a", "llm.1")
LIST = Request("list", GROUPS)


def answer(reason: str, **details: Any) -> bytes:
    message = "spec.template.env[0].value: Invalid value: hunter2"
    return json.dumps({"kind": "Status", "reason": reason, "message": message, "details": details}).encode()


@pytest.mark.parametrize(
    ("request_", "status", "body", "kind", "words"),
    [
        (GET, 404, answer("NotFound", name="llm-1", kind="acicontainergroups"), ObjectGone, "does not exist"),
        (STATUS, 404, answer("NotFound", name="llm-1", kind="acicontainergroups"), ObjectGone, "does not exist"),
        (GET, 404, answer("NotFound", name="other", kind="acicontainergroups"), KindMissing, "does not know"),
        (GET, 404, b"404 page not found\n", KindMissing, "does not know acicontainergroups.acioperator.dev"),
        (GET, 404, b'{"error": "no such route"}', KindMissing, "does not know"),
        (LIST, 404, answer("NotFound"), KindMissing, "does not know"),
        (CREATE, 404, answer("NotFound", name="team-a", kind="namespaces"), ObjectGone, "namespace does not exist"),
        (CREATE, 409, answer("AlreadyExists"), AlreadyExists, "exists already"),
        (STATUS, 409, answer("Conflict"), Conflict, "has changed"),
        (
            STATUS,
            403,
            answer("Forbidden"),
            ApiForbidden,
            "update acicontainergroups.acioperator.dev/status in namespace",
        ),
        (LIST, 403, answer("Forbidden"), ApiForbidden, "not allow: list acicontainergroups.acioperator.dev"),
        (CREATE, 403, answer("Forbidden", causes=[{"reason": "NamespaceTerminating"}]), ApiForbidden, "being deleted"),
        (
            STATUS,
            422,
            answer("Invalid", causes=[{"field": "status.ip", "reason": "FieldValueInvalid", "message": "hunter2"}]),
            ApiInvalid,
            "status.ip: FieldValueInvalid",
        ),
        (
            CREATE,
            422,
            answer(
                "Invalid",
                causes=[
                    {"field": "spec.placements", "reason": "FieldValueRequired", "message": "Required value"},
                    {
                        "field": "spec.strategy",
                        "reason": "FieldValueInvalid",
                        "message": 'Invalid value: "object": not both',
                    },
                    {"field": "spec.zones", "reason": "FieldValueForbidden", "message": "Forbidden: none here"},
                    {"field": "spec.a", "reason": "FieldValueInvalid", "message": 'Invalid value: "hunter2": too odd'},
                    {"field": "<nil>", "reason": "FieldValueInvalid", "message": "Invalid value: null: not checked"},
                ],
            ),
            ApiInvalid,
            r"spec.placements: FieldValueRequired; spec.strategy: not both; spec.zones: none here; spec.a: FieldV\w+$",
        ),
        (STATUS, 400, b"hunter2", ApiInvalid, "400"),
        (STATUS, 413, answer("RequestEntityTooLarge"), ApiInvalid, "RequestEntityTooLarge"),
        (GET, 401, answer("Unauthorized"), ApiUnavailable, "credentials"),
        (GET, 429, answer("TooManyRequests"), ApiUnavailable, "TooManyRequests"),
        (GET, 500, b"", ApiUnavailable, "500"),
        (GET, 503, b"hunter2", ApiUnavailable, "503"),
        (GET, 302, b"", ApiUnavailable, "302"),
    ],
)
def test_each_refusal_has_its_meaning(
    request_: Request, status: int, body: bytes, kind: type[ClusterError], words: str
) -> None:
    error = refusal(request_, status, body)
    assert type(error) is kind
    with pytest.raises(kind, match=words):
        raise error
    assert "hunter2" not in str(error)
    assert len(str(error)) <= MESSAGE_LIMIT


def test_a_quota_of_the_namespace_is_named_and_the_message_is_the_same_for_each_name() -> None:
    exceeded = "exceeded quota: few, requested: count/x=1, used: count/x=2, limited: count/x=2"
    told = set()
    for name in ("s-1-abcdefgh", "s-2-bcdefghi"):
        body = {"kind": "Status", "reason": "Forbidden", "message": f'x "{name}" is forbidden: {exceeded}'}
        error = refusal(Request("create", GROUPS, "team-a", name), 403, json.dumps(body).encode())
        assert isinstance(error, ApiForbidden)
        told.add(str(error))
    (message,) = told
    assert message.endswith(f"in namespace team-a; {exceeded}")
