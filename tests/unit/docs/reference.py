"""The tables of fields in docs/reference.md, made from the CRDs: `python -m tests.unit.docs.reference` writes them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aci_operator.api.crd import crds

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "docs" / "reference.md"

_BLOCK = re.compile(r"(<!-- fields of (?P<kind>\w+)\.(?P<part>\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
_HEADER = "| field | type | default | meaning |\n|---|---|---|---|\n"

_SHARED = {"How the group is reached.", "What runs in the group."}
"""Fields of a container group whose content is told with the service's."""

Schema = dict[str, Any]


def filled(text: str) -> str:
    """Return a page with each table between its two marks as the CRDs have it now."""
    return _BLOCK.sub(lambda block: block[1] + table(block["kind"], block["part"]) + block[4], text)


def blocks(text: str) -> set[tuple[str, str]]:
    """Return which tables are in a page, by kind and part."""
    return {(block["kind"], block["part"]) for block in _BLOCK.finditer(text)}


def table(kind: str, part: str) -> str:
    """Return the table of the spec or the status of a kind."""
    crd = next(crd for crd in crds() if crd["spec"]["names"]["kind"] == kind)
    schema: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][part]
    rows = [
        f"| `{path}` | {_type(field)}{need} | {_default(field)} | {field['description']} |\n"
        for path, field, need in _fields(schema, "")
    ]
    return _HEADER + "".join(row.replace("\n", " ").rstrip() + "\n" for row in rows)


def _fields(schema: Schema, prefix: str) -> Iterator[tuple[str, Schema, str]]:
    for name, field in schema["properties"].items():
        path = f"{prefix}{name}"
        yield path, field, ", required" if name in schema.get("required", ()) else ""
        if field["description"] in _SHARED:
            continue
        if "properties" in field:
            yield from _fields(field, f"{path}.")
        elif "properties" in field.get("items", {}):
            yield from _fields(field["items"], f"{path}[].")


def _type(field: Schema) -> str:
    if field.get("x-kubernetes-int-or-string"):
        return "quantity"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field["type"] == "array":
        return "list" + _bounds(field, "minItems", "maxItems")
    if "additionalProperties" in field:
        return "map of strings" + _bounds(field, "minProperties", "maxProperties")
    return str(field["type"]) + _bounds(field, "minimum", "maximum") + _bounds(field, "minLength", "maxLength")


def _bounds(field: Schema, least: str, most: str) -> str:
    low, high = field.get(least), field.get(most)
    if high is None:
        return "" if low is None else f", {low} or more"
    return f", at most {high}" if low is None else f", {low} to {high}"


def _default(field: Schema) -> str:
    default = field.get("default")
    if default is None:
        return ""
    return f"`{default}`" if not isinstance(default, dict) else "see below"


if __name__ == "__main__":
    REFERENCE.write_text(filled(REFERENCE.read_text()))
