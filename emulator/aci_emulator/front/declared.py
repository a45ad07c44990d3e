"""Rules as they are written in a settings file or sent to the admin API: checked, with a sentence for what is wrong."""

from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from aci_emulator.front.rules import Rule, answer
from aci_emulator.wire import Response


class _Answer(BaseModel):
    status: int = Field(ge=200, le=599)
    code: str | None = None
    message: str | None = None
    headers: dict[str, str | int] | None = None

    @property
    def response(self) -> Response:
        headers = {name: str(value) for name, value in (self.headers or {}).items()}
        return answer(self.status, self.code, self.message, headers)


_MAPPING = TypeAdapter(dict[str, Any])
_RULE = TypeAdapter(Rule)


def rule(document: Any) -> Rule:
    """A rule from the fields of `Rule`; an answer is given by `status`, `code`, `message` and `headers`.

    Raises:
        ValueError: what is wrong, for each field that is.
    """
    try:
        fields = _MAPPING.validate_python(document)
        if "status" in fields:
            own = {name: fields.pop(name) for name in _Answer.model_fields if name in fields}
            fields["answer"] = _Answer.model_validate(own).response
        return _RULE.validate_python(fields)
    except ValidationError as error:
        raise ValueError("; ".join(_sentence(dict(e)) for e in error.errors(include_url=False))) from error


def rules(documents: Any) -> list[Rule]:
    """The rules of a list (None: of an empty one); see `rule`.

    Raises:
        ValueError: as `rule`, with the place in the list.
    """
    if not isinstance(documents, list | None):
        raise ValueError(f"faults: a list of rules is expected, not {documents!r}")  # noqa: TRY004 a file is wrong
    result = []
    for index, document in enumerate(documents or []):
        try:
            result.append(rule(document))
        except ValueError as error:
            raise ValueError(f"faults[{index}]: {error}") from error
    return result


def _sentence(problem: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "unexpected_keyword_argument":
        return f"{place}: no such field of a rule"
    return f"{place}: {problem['msg']}" if place else str(problem["msg"]).removeprefix("Value error, ")
