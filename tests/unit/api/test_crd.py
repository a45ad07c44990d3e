from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aci_operator.api.crd import crds, render
from aci_operator.api.group import GroupSpec
from aci_operator.api.rules import VALIDATIONS

FILES = Path(__file__).parents[3] / "crds"
SERVICES, GROUPS = crds()
BOTH = pytest.mark.parametrize("crd", [SERVICES, GROUPS], ids=["aciservices", "acicontainergroups"])

Schema = dict[str, Any]


def root(crd: dict[str, Any]) -> Schema:
    schema: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def walk(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema in a schema, with its path."""
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from walk(field, f"{path}.{name}")
    for part, suffix in (("items", "[]"), ("additionalProperties", "{}")):
        if part in schema:
            yield from walk(schema[part], path + suffix)


def own(crd: dict[str, Any]) -> list[tuple[str, Schema]]:
    """All but metadata, which is the API server's."""
    return [(path, schema) for path, schema in walk(root(crd)) if not path.startswith(".metadata")]


def test_the_stored_files_are_what_the_models_say() -> None:
    stored = {path.name: path.read_text() for path in FILES.iterdir()}
    assert stored == render(), "run `aci-operator crd`"


def test_the_yaml_reads_back_as_the_manifests() -> None:
    assert [yaml.safe_load(text) for text in render().values()] == crds()


@BOTH
def test_every_field_says_what_it_is(crd: dict[str, Any]) -> None:
    silent = [path for path, schema in own(crd) if not schema.get("description") and not path.endswith(("[]", "{}"))]
    assert silent == []


@BOTH
def test_the_schema_is_structural(crd: dict[str, Any]) -> None:
    for path, schema in walk(root(crd)):
        assert "type" in schema or schema.get("x-kubernetes-int-or-string"), path
        assert not schema.keys() & {"$ref", "$defs", "title", "anyOf", "allOf", "oneOf"}, path


@BOTH
def test_everything_has_a_bound_that_the_cost_of_rules_can_be_reckoned_from(crd: dict[str, Any]) -> None:
    bounds = {"string": {"maxLength", "enum", "format"}, "array": {"maxItems"}}
    unbounded = [
        path
        for path, schema in own(crd)
        if path not in {".apiVersion", ".kind"}
        and not schema.keys() & bounds.get(schema.get("type", ""), schema.keys())
    ]
    assert unbounded == []
    assert all("maxProperties" in schema for _, schema in own(crd) if "additionalProperties" in schema)


@BOTH
def test_every_list_says_how_it_is_merged(crd: dict[str, Any]) -> None:
    kinds = {path: schema.get("x-kubernetes-list-type") for path, schema in own(crd) if schema.get("type") == "array"}
    assert None not in kinds.values(), kinds
    template = ".spec.template.spec" if crd is SERVICES else ".spec.template"
    keyed = {(path, *schema["x-kubernetes-list-map-keys"]) for path, schema in own(crd) if kinds.get(path) == "map"}
    assert keyed >= {
        (f"{template}.containers", "name"),
        (f"{template}.containers[].env", "name"),
        (f"{template}.imageRegistries", "server"),
        (".status.conditions", "type"),
    }


@BOTH
def test_the_api_server_writes_defaults_only_outside_lists(crd: dict[str, Any]) -> None:
    written = {path: schema["default"] for path, schema in own(crd) if "default" in schema}
    template = ".spec.template.spec" if crd is SERVICES else ".spec.template"
    of_services = {
        ".spec.replicas": 1,
        ".spec.driftPolicy": "Report",
        ".spec.strategy.type": "RollingUpdate",
        ".spec.strategy.rollingUpdate.maxSurge": 1,
        ".spec.strategy.rollingUpdate.canary": 1,
        ".spec.progressDeadlineSeconds": 1800,
        ".spec.revisionHistoryLimit": 10,
    }
    assert written == (of_services if crd is SERVICES else {}) | {
        ".spec.resourceGroupPolicy": "MustExist",
        ".spec.deletionPolicy": "Delete",
        ".spec.network": {"type": "Public"},
        ".spec.network.type": "Public",
        f"{template}.restartPolicy": "Always",
        f"{template}.priority": "Regular",
        ".status": {"observedGeneration": -1},
    }


def test_only_services_can_be_scaled() -> None:
    services, groups = (crd["spec"]["versions"][0]["subresources"] for crd in crds())
    assert services == {
        "status": {},
        "scale": {
            "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.selector",
        },
    }
    assert groups == {"status": {}}


def test_every_field_of_a_container_group_that_reaches_azure_is_immutable() -> None:
    spec = root(GROUPS)["properties"]["spec"]
    fixed = {rule["fieldPath"].removeprefix(".") for rule in spec[VALIDATIONS] if "oldSelf" in rule["rule"]}
    assert fixed == {field.alias for field in GroupSpec.model_fields.values()} - {"deletionPolicy", "minReadySeconds"}


@BOTH
def test_every_rule_has_a_sentence(crd: dict[str, Any]) -> None:
    rules = [rule for _, schema in own(crd) for rule in schema.get(VALIDATIONS, [])]
    assert all(len(rule["message"].split()) >= 5 and "\n" not in rule["message"] for rule in rules)


@BOTH
def test_names_are_as_documented(crd: dict[str, Any]) -> None:
    names = crd["spec"]["names"]
    assert crd["metadata"]["name"] == f"{names['plural']}.acioperator.dev"
    assert names["categories"] == ["aci"]
    assert names["shortNames"] == (["acis"] if crd is SERVICES else ["acg"])
