"""The transitions of every property: to its least, its most, another value, none, and what it must not be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aci_operator.kube.api import Manifest

from tests.transitions.properties import ITEM, VALUE, Property, changed, get, without
from tests.transitions.values import INT_OR_STRING, sample, value

Mode = Literal["minimum", "maximum", "change", "absent", "invalid", "together"]
WRONG: Final[dict[str, Any]] = {"boolean": "yes", "integer": "seven", "string": 7, "array": {"a": 1}, "object": "thing"}
"""For each type, a value of another."""


@dataclass(frozen=True)
class Transition:
    """One change of one property of an object that has all of them.

    Attributes:
        to: The object as it is to be.
        refused: Whether the API server must refuse it by the schema; what its rules refuse is not known here.
    """

    of: Property
    mode: Mode
    to: Manifest = field(compare=False, repr=False)
    refused: bool = False
    number: int = 0

    def __str__(self) -> str:
        return f"{self.of.name} {self.mode}{f' {self.number}' if self.number else ''}"


def transitions(base: Manifest, properties: Iterable[Property]) -> Iterator[Transition]:
    """Return every transition from an object in which every property has a value."""
    for each in properties:
        ways: dict[Mode, list[Any]] = {"minimum": _least(each), "maximum": _most(each), "change": _others(each)}
        for mode, values in ways.items():
            news = [new for new in values if new != get(base, each.path)]
            for number, new in enumerate(news):
                yield Transition(each, mode, changed(base, each.path, new), number=number)
        for number, new in enumerate(_invalid(each)):
            yield Transition(each, "invalid", changed(base, each.path, new), refused=True, number=number)
        if each.path[-1] not in (ITEM, VALUE):
            yield Transition(each, "absent", without(base, each.path), refused=each.required)


def _least(each: Property) -> list[Any]:
    schema = each.schema
    match schema.get("type"):
        case "integer":
            return [schema.get("minimum", 0)]
        case "array":
            return [_list(each, schema.get("minItems", 0))]
        case "object" if "additionalProperties" in schema:
            return [{}]
        case "string" if sample(each.path) is None and "enum" not in schema:
            return ["v" * schema.get("minLength", 0)]
    return []


def _most(each: Property) -> list[Any]:
    schema = each.schema
    match schema.get("type"):
        case "integer" if "maximum" in schema:
            return [schema["maximum"]]
        case "array" if "maxItems" in schema:
            return [_list(each, schema["maxItems"])]
        case "object" if "maxProperties" in schema:
            return [_map(each, schema["maxProperties"])]
        case "string" if sample(each.path) is None and "maxLength" in schema:
            return ["v" * schema["maxLength"]]
    return []


def _others(each: Property) -> list[Any]:
    if "enum" in each.schema:
        return list(each.schema["enum"])
    if each.schema.get("type") == "object" and "additionalProperties" not in each.schema and not sample(each.path):
        return []  # its properties have their own
    row = sample(each.path)
    return [value(each.schema, each.path, n) for n in ((1, 2) if row else (1,))]


def _invalid(each: Property) -> list[Any]:
    schema = each.schema
    if INT_OR_STRING in schema:
        return [True, "x" * (schema["maxLength"] + 1)]
    found = [WRONG[schema["type"]]]
    if "enum" in schema:
        found.append("Nonsense")
    if "minimum" in schema:
        found.append(schema["minimum"] - 1)
    if "maximum" in schema:
        found.append(schema["maximum"] + 1)
    if schema.get("minItems"):
        found.append(_list(each, schema["minItems"] - 1))
    if "maxItems" in schema:
        found.append(_list(each, schema["maxItems"] + 1))
    if "maxProperties" in schema:
        found.append(_map(each, schema["maxProperties"] + 1))
    if schema.get("minLength"):
        found.append("")
    if "maxLength" in schema:
        found.append("v" * (schema["maxLength"] + 1))
    if schema["type"] == "string" and "x-kubernetes-validations" in schema:
        found.append("!")  # all our rules of strings are about the characters
    return found


def _list(each: Property, length: int) -> list[Any]:
    return [value(each.schema["items"], (*each.path, ITEM), n) for n in range(length)]


def _map(each: Property, size: int) -> dict[str, Any]:
    return {f"key-{n}": value(each.schema["additionalProperties"], (*each.path, VALUE), n) for n in range(size)}
