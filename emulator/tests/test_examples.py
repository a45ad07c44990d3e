"""The official examples replayed: each request is accepted, and its answer has the shape of the example's."""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest
from aci_emulator import Response

from .conformance import DOCUMENT, FOLDER
from .machine import Machine

Shape = set[tuple[str, str]]
"""Places in a body, like value/*/id, and the JSON type that is there."""

KINDS = {
    dict: "object",
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


@dataclass(frozen=True)
class Difference:
    """What the emulator's answer has and the example has not ("more"), or the other way round ("less")."""

    example: str
    kind: str
    place: str
    source: str


DIFFERENCES = (
    Difference("*", "more", "*properties/sku", "recording: CLI 2023"),
    Difference("*", "more", "*properties/provisioningTimeoutInSeconds", "recording: CLI 2023"),
    Difference("*", "more", "*properties/isCustomProvisioningTimeout", "recording: CLI 2023"),
    Difference("*", "more", "*properties/isCreatedFromStandbyPool", "recording: PS 2024"),
    Difference("*", "more", "*properties/initContainers", "recording: CLI 2023"),
    Difference("*", "more", "*properties/configMap*", "recording: PS 2024"),
    Difference("*", "more", "*imageRegistryCredentials/*/isDelegatedIdentity", "recording: November 2025"),
    Difference("ContainerGroupsCreateOrUpdate", "more", "properties/instanceView*", "recording: CLI 2023"),
    Difference("ContainerGroupsCreateOrUpdate", "more", "identity*", "specification: what was sent, with its ids"),
    Difference(
        "ContainerGroupsCreateOrUpdate",
        "more",
        "properties/diagnostics/logAnalytics/*",
        "assumption: all that was sent but its key; the examples of 200 and 201 differ themselves",
    ),
    Difference(
        "ContainerGroupsCreateOrUpdate", "more", "properties/diagnostics*", "specification: the example of 200 has it"
    ),
    Difference(
        "ContainerGroupsCreateOrUpdate", "more", "properties/dnsConfig/*", "specification: the example of 200 has it"
    ),
    Difference("ContainerGroupsCreateOrUpdate", "less", "properties/ipAddress/ip", "recording: CLI 2023"),
    Difference(
        "ContainerGroupsCreateOrUpdate",
        "less",
        "*resources/requests/gpu*",
        "document: GPUs are retired, so the request is sent without",
    ),
    Difference("ContainerGroupsGet_Succeeded", "more", "properties/*instanceView*", "recording: CLI 2023"),
    Difference(
        "ContainerGroupsGet_Failed",
        "less",
        "*currentState/startTime",
        "report: data-safe-haven #1864; one that waits has not started",
    ),
    Difference(
        "ContainerGroupsGet_Failed",
        "less",
        "properties/instanceView/events/*",
        "assumption: this one fails to pull, the example's to mount",
    ),
    Difference("ContainerGroupsGet_Failed", "less", "properties/ipAddress/ip", "recording: CLI 2023"),
    Difference("CachedImagesList", "more", "value/*/osVersion", "recording: .NET 2021, CLI 2024"),
    Difference("ContainerGroupUsage", "more", "value/*/id", "specification; recording: PS 2024"),
)


def shape(value: Any, place: str = "") -> Shape:
    """All places of a body with their types; indices do not count."""
    inside: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = [("*", item) for item in value]
    return {(place, KINDS[type(value)])}.union(*(shape(item, f"{place}/{key}".lstrip("/")) for key, item in inside))


class Replay(Machine):
    """A machine in which the examples' names exist."""

    def __init__(self, example: str) -> None:
        super().__init__(
            subscriptions=["subid"],
            resource_groups=["demo@westus"],
            images={"gone": {"pull_fails": "always"}, "*": {"log": ["log content"]}},
        )
        self.example = json.loads((FOLDER / "examples" / f"{example}.json").read_text())
        self.parameters: dict[str, Any] = self.example["parameters"]

    def call(self, operation: str, body: Any = None) -> Response:
        """An operation of the specification with the example's parameters."""
        path, method = next(
            (path, method)
            for path, methods in DOCUMENT["paths"].items()
            for method, found in methods.items()
            if found["operationId"] == operation
        )
        query = "&".join(f"{n}={self.parameters[n]}" for n in ("api-version", "tail") if n in self.parameters)
        return self.ask(method.upper(), f"https://azure{path.format(**self.parameters)}?{query}", body)

    def body(self, **changes: Any) -> dict[str, Any]:
        """The body of the example's PUT, made valid: a public address and a subnet exclude each other (`document`),
        its subnet's id is a template's formula, and GPUs are retired."""
        create = Replay("ContainerGroupsCreateOrUpdate").parameters
        body: dict[str, Any] = {**create["containerGroup"], "zones": create["zones"]}
        properties = {**body["properties"], **changes}
        del properties["subnetIds"]
        for container in properties["containers"]:
            container["properties"]["resources"]["requests"].pop("gpu", None)
        return {**body, "properties": properties}

    def seen(self, example: dict[str, Any]) -> dict[str, Any]:
        """The body of a PUT that leads to what an example of GET or LIST shows."""
        properties = example["properties"]
        asked = {
            "containers": [
                {"name": c["name"], "properties": {k: v for k, v in c["properties"].items() if k != "instanceView"}}
                for c in properties["containers"]
            ],
            "imageRegistryCredentials": [{**r, "password": "p"} for r in properties["imageRegistryCredentials"]],
            "ipAddress": {k: v for k, v in properties["ipAddress"].items() if k != "ip"},
            "osType": properties["osType"],
            "volumes": [
                {**v, "azureFile": {**v["azureFile"], "storageAccountKey": "k"}} for v in properties["volumes"]
            ],
        }
        return {"location": "westus", "properties": asked, **({"zones": ["1"]} if "zones" in example else {})}


def create(replay: Replay) -> dict[str, Response]:
    """The PUT twice: the group comes into being, and is replaced."""
    first = replay.call("ContainerGroups_CreateOrUpdate", replay.body())
    replay.wait(60)
    return {"201": first, "200": replay.call("ContainerGroups_CreateOrUpdate", replay.body())}


def get(replay: Replay) -> dict[str, Response]:
    body = replay.seen(replay.example["responses"]["200"]["body"])
    if replay.example["responses"]["200"]["body"]["properties"]["provisioningState"] == "Failed":
        body["properties"]["containers"][0]["properties"]["image"] = "gone"
    assert replay.call("ContainerGroups_CreateOrUpdate", body).status == 201
    replay.wait(3600)
    return {"200": replay.call("ContainerGroups_Get")}


def list_groups(replay: Replay) -> dict[str, Response]:
    replay.parameters["containerGroupName"] = "demo1"
    body = replay.seen(replay.example["responses"]["200"]["body"]["value"][0])
    assert replay.call("ContainerGroups_CreateOrUpdate", body).status == 201
    replay.wait(60)
    return {"200": replay.call("ContainerGroups_ListByResourceGroup")}


def logs(replay: Replay) -> dict[str, Response]:
    body = replay.body()
    body["properties"]["containers"][0]["name"] = "container1"
    assert replay.call("ContainerGroups_CreateOrUpdate", body).status == 201
    replay.wait(60)
    return {"200": replay.call("Containers_ListLogs")}


def usage(replay: Replay) -> dict[str, Response]:
    return {"200": replay.call("Location_ListUsage")}


def capabilities(replay: Replay) -> dict[str, Response]:
    return {"200": replay.call("Location_ListCapabilities")}


def cached_images(replay: Replay) -> dict[str, Response]:
    return {"200": replay.call("Location_ListCachedImages")}


REPLAYS = {
    "ContainerGroupsCreateOrUpdate": create,
    "ContainerGroupsGet_Failed": get,
    "ContainerGroupsGet_Succeeded": get,
    "ContainerGroupsListByResourceGroup": list_groups,
    "ContainerListLogs": logs,
    "ContainerGroupUsage": usage,
    "CapabilitiesList": capabilities,
    "CachedImagesList": cached_images,
}


def differences(example: str) -> list[tuple[str, str]]:
    """The differences between what the emulator answers and what the example shows."""
    replay = Replay(example)
    found = []
    for status, answer in REPLAYS[example](replay).items():
        assert str(answer.status) == status, answer.document
        given, shown = shape(answer.document), shape(replay.example["responses"][status]["body"])
        found += [("more", place) for place, _ in given - shown] + [("less", place) for place, _ in shown - given]
    return found


def covers(known: Difference, example: str, kind: str, place: str) -> bool:
    return fnmatchcase(example, known.example) and kind == known.kind and fnmatchcase(place, known.place)


@pytest.mark.parametrize("example", REPLAYS)
def test_an_answer_has_the_shape_of_the_official_example(example: str) -> None:
    found = differences(example)
    assert [f for f in found if not any(covers(known, example, *f) for known in DIFFERENCES)] == []


def test_every_example_is_replayed() -> None:
    assert set(REPLAYS) == {path.stem for path in (FOLDER / "examples").glob("*.json")}


def test_every_known_difference_is_there() -> None:
    found = [(example, *difference) for example in REPLAYS for difference in differences(example)]
    assert [known for known in DIFFERENCES if not any(covers(known, *difference) for difference in found)] == []
