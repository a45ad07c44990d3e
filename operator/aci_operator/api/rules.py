"""What a model says to the API server beyond types: rules in CEL with their sentences, and how lists are merged.

Only what Kubernetes 1.29 knows is used, so the CRDs load into every release that is still in service.
"""

from dataclasses import dataclass
from typing import Final

from pydantic import GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

VALIDATIONS: Final = "x-kubernetes-validations"

Extra = dict[str, JsonValue]


def listed(path: str) -> str:
    """Return CEL for an optional list, empty when it is absent; unlike `orValue`, it has a bounded cost."""
    return f"(has({path}) ? {path} : [])"


ATOMIC: Final[Extra] = {"x-kubernetes-list-type": "atomic"}
"""A list with one owner: its order or its whole is the meaning."""
SET: Final[Extra] = {"x-kubernetes-list-type": "set"}
"""A list of distinct scalars."""


def keyed(key: str) -> Extra:
    """Return what makes a list a map: one entry for each value of the key, merged entry by entry."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


def rule(expression: str, message: str, *, at: str | None = None, reason: str = "FieldValueInvalid") -> Extra:
    """Return one rule.

    Args:
        expression: CEL, true when all is well.
        message: What to do about it, for the person at kubectl.
        at: The field that the error names, as a path below the model.
        reason: One of the API server's reasons for field errors.
    """
    checked: Extra = {"rule": expression, "message": message, "reason": reason}
    return checked if at is None else {**checked, "fieldPath": at}


def rules(*checked: Extra) -> Extra:
    """Return rules as a model's or a field's `json_schema_extra`."""
    return {VALIDATIONS: list(checked)}


def immutable(field: str, message: str) -> Extra:
    """Return the rule that a field neither changes nor comes nor goes."""
    now, before = f"self.{field}", f"oldSelf.{field}"
    return rule(f"has({now}) ? has({before}) && {now} == {before} : !has({before})", message, at=f".{field}")


@dataclass(frozen=True)
class Sentence:
    """Turns the pattern of a string into a rule, so that the API server answers in words and not with the pattern."""

    text: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Replace the pattern."""
        described = handler(schema)
        pattern = described.pop("pattern")
        return {**described, VALIDATIONS: [rule(f"self.matches(r'{pattern}')", self.text)]}
