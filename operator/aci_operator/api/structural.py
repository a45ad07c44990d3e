"""JSON schema as pydantic writes it, turned into the structural form that the API server takes."""

from typing import Any, Final

from aci_operator.api.base import Model

Schema = dict[str, Any]

_FIRST: Final = ("description", "type")
_DROPPED: Final = {"$defs", "title", "default"}


def structural(model: type[Model]) -> Schema:
    """Return the schema of a model without references, titles and null.

    A default stays where the API server is to write it, so that a stored object says what it means: not for empty
    values, and not inside lists, where Argo CD would show it as a difference for ever.
    """
    schema = model.model_json_schema(by_alias=True)
    return _Converter(schema.get("$defs", {})).convert(schema, defaults=True)


class _Converter:
    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def convert(self, schema: Schema, *, defaults: bool) -> Schema:
        """Return a schema and all below it in structural form."""
        schema = self._resolve(schema)
        converted: Schema = {key: schema[key] for key in _FIRST if key in schema}
        converted |= {key: value for key, value in schema.items() if key not in _DROPPED}
        if defaults and schema.get("default"):
            converted["default"] = schema["default"]
        if "properties" in schema:
            converted["properties"] = {
                name: self.convert(field, defaults=defaults) for name, field in schema["properties"].items()
            }
        for below in ("items", "additionalProperties"):
            if below in schema:
                converted[below] = self.convert(schema[below], defaults=False)
        return converted

    def _resolve(self, schema: Schema) -> Schema:
        """Return a schema with what it refers to; its own words win over those of the definition."""
        while True:
            variants = [variant for variant in schema.get("anyOf", ()) if variant != {"type": "null"}]
            if len(variants) == 1:
                schema = variants[0] | {key: value for key, value in schema.items() if key != "anyOf"}
            elif "$ref" in schema:
                definition = self._definitions[schema["$ref"].removeprefix("#/$defs/")]
                schema = definition | {key: value for key, value in schema.items() if key != "$ref"}
            else:
                return schema
