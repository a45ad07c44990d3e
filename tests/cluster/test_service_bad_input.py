"""What only Azure or the operator can see to be wrong: said in the status, and no other service suffers."""

from typing import Any

from tests.cluster.kubectl import Manifest
from tests.cluster.scenes import Scene, service

ELSEWHERE = "99999999-9999-9999-9999-999999999999"


def with_image(name: str, image: str) -> Manifest:
    manifest = service(name, 1)
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return manifest


def test_what_is_wrong_is_said_and_disturbs_nobody_else(scene: Scene) -> None:
    scene.azure.change(images={"*/missing:*": {"missing": True}})
    scene.start()
    scene.kubectl.apply(
        service("no-group", 1, resourceGroup="nowhere"),
        service("no-subscription", 1, subscriptionId=ELSEWHERE),
        with_image("no-image", "example.azurecr.io/missing:1"),
        service("made-group", 1, resourceGroup="made", resourceGroupPolicy="CreateIfMissing"),
        service("web", 2),
    )
    scene.check("web", 2)
    expected = {
        "no-group": ("ResourceGroupNotFound", ["nowhere", "create it", "CreateIfMissing"]),
        "no-subscription": ("SubscriptionNotFound", [ELSEWHERE, "spec.subscriptionId"]),
        "no-image": ("ImageInaccessible", ["missing:1", "spec.template"]),
    }
    for name, (reason, words) in expected.items():
        message = scene.wait_stalled("acis", name, reason)
        for word in words:
            assert word in message, message
    scene.check("made-group", 1)
    made = [each for each in scene.requests("resourceGroups/write") if each["path"].endswith("/made")]
    assert len(made) == 1

    scene.azure.change(images={})
    scene.kubectl.patch("acis", "no-image", image_patch("example.azurecr.io/web:2"))
    scene.check("no-image", 1)
    scene.kubectl.text("delete", "acis", "no-group", "no-subscription", "--timeout=60s")
    scene.check("web", 2)
    assert scene.groups("no-group") == []
    scene.check_log()


def image_patch(image: str) -> dict[str, Any]:
    return {"spec": {"template": with_image("", image)["spec"]["template"]}}


def test_without_a_subscription_there_is_a_word_and_then_there_is_one(scene: Scene) -> None:
    """Also an empty variable means that there is no default."""
    scene.start(SUBSCRIPTION_ID="")
    scene.kubectl.apply(service("web", 1))
    message = scene.wait_stalled("acis", "web", "SubscriptionMissing")
    assert "spec.subscriptionId" in message
    assert "--subscription-id" in message
    scene.kubectl.apply(service("named", 1, subscriptionId="11111111-1111-1111-1111-111111111111"))
    scene.check("named", 1)
    scene.operator.stop()
    scene.start()
    scene.check("web", 1)
    scene.check_log()
