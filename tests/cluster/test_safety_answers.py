"""What Azure answers is not what Azure did: answers get lost, and refusals come for what was done."""

import pytest

from tests.cluster.scenes import Scene, condition, service


def test_an_answer_that_is_cut_off_and_a_503_for_what_was_done(scene: Scene) -> None:
    """Both groups are there: they are found, and never sent again."""
    scene.start()
    scene.azure.rule("cut-after", method="PUT", path="*/web-1-*")
    message = "The request timed out."
    scene.azure.rule("answer-after", method="PUT", path="*/web-2-*", status=503, code="ServerTimeout", message=message)
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    assert [rule["hits"] for rule in scene.azure.rules()] == [1, 1]
    assert len(scene.group_names()) == len(scene.puts()) == 3
    assert set(scene.puts().values()) == {1}
    scene.check_log()


@pytest.mark.soak
def test_a_put_that_never_arrived_is_sent_again(scene: Scene) -> None:
    scene.start()
    scene.azure.rule("answer", method="PUT", path="*/web-2-*", status=503, code="ServerTimeout")
    scene.kubectl.apply(service("web", 3))
    scene.check("web", 3)
    assert sorted(scene.puts().values()) == [1, 1, 2]


def test_throttled_unavailable_and_with_a_token_that_is_no_longer_good(scene: Scene) -> None:
    """429 with Retry-After, then reads that fail with 500 and with 401; nothing is made twice or lost for them."""
    scene.start()
    scene.azure.rule("answer", method="PUT", status=429, code="TooManyRequests", headers={"Retry-After": "4"})
    scene.kubectl.apply(service("web", 1))
    waiting = scene.kubectl.wait("acis", "web", lambda it: condition(it, "Reconciling").get("reason") == "Throttled")
    assert condition(waiting, "Stalled")["status"] == "False"
    scene.check("web", 1)
    first, second = (each["at"] for each in scene.requests("containerGroups/write"))
    assert second - first >= 4, "sent again before Azure allowed it"

    scene.azure.rule("answer", method="GET", path="*/containerGroups*", count=2, status=500, code="InternalServerError")
    scene.wait(lambda: scene.azure.rules()[-1]["hits"] == 2, "two failures")
    scene.check("web", 1)

    writes = len(scene.arm_writes())
    scene.azure.rule(
        "answer", method="GET", path="*/containerGroups*", count=2, status=401, code="ExpiredAuthenticationToken"
    )
    scene.wait(lambda: scene.azure.rules()[-1]["hits"] == 2, "two refusals")
    scene.check("web", 1)
    scene.kubectl.text("scale", "acis/web", "--replicas=2")
    scene.check("web", 2)
    assert len(scene.arm_writes()) == writes + 1
    scene.check_log()
