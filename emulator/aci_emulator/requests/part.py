"""What every part of a request's shape has in common: names on the wire, numbers, and how strict it is."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

_FLAGS = {"true": True, "false": False}


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        return _FLAGS.get(value.lower(), value)
    return value


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("Expected a number")  # noqa: TRY004 pydantic turns ValueErrors alone into refusals
    return value


Int32 = Annotated[int, BeforeValidator(_no_flag), Field(ge=-(2**31), le=2**31 - 1)]
"""A number of the specification's format int32; a numeral in a string is taken too, as JSON.NET does."""

Double = Annotated[float, BeforeValidator(_no_flag)]
"""A number of the specification's format double."""

Flag = Annotated[bool, Field(strict=True), BeforeValidator(_flag)]
"""A boolean; "true" in a string is taken too, other words and numbers are not."""


class Part(BaseModel):
    """Part of a request: camel case on the wire, unknown fields kept, numbers finite."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, allow_inf_nan=False, coerce_numbers_to_str=True)
