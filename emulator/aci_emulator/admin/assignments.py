"""KEY=VALUE words of the command line."""

from typing import Any

import yaml


def parse(pairs: list[str]) -> dict[str, Any]:
    """KEY=VALUE words as a mapping; a value is read as YAML, so 3, true, [1, 2] and {median: 20} work.

    Raises:
        ValueError: a word without "=", or a value that is no YAML.
    """
    result: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not sign or not key:
            raise ValueError(f"expected KEY=VALUE, got {pair!r}")
        try:
            result[key] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(f"the value of {key} is no YAML: {error}") from error
    return result
