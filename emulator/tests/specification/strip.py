"""Reads an upstream specification or example on stdin and writes it to stdout without text for people."""

import json
import sys
from typing import Any

HUMAN = {"description", "title", "summary"}


def stripped(value: Any) -> Any:
    """The same without texts and references to examples. A property that is *named* description stays."""
    if isinstance(value, list):
        return [stripped(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {k: v for k, v in value.items() if k != "x-ms-examples" and not (k in HUMAN and isinstance(v, str))}
    return {key: stripped(item) for key, item in kept.items()}


if __name__ == "__main__":
    json.dump(stripped(json.load(sys.stdin)), sys.stdout, indent=1)
    sys.stdout.write("\n")
