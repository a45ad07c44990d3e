"""From ARM's JSON to `Usage`."""

from aci_operator.core.usage import Usage


def from_usage(item: object) -> Usage | None:
    """Return one quota; None for what makes no sense: it is a hint, and the others may do."""
    match item:
        case {"name": {"value": str(name)}, "currentValue": int() | float() as used, "limit": int() | float() as limit}:
            return Usage(name, used, limit)
        case _:
            return None
