"""ARM's rules for tags (documented): 50, names of 512, values of 256, some characters refused in names."""

from typing import Any

from aci_emulator.errors import refuse

RESERVED = set("<>%&\\?/")


def checked(tags: Any) -> dict[str, str] | None:
    """Tags as they will be stored: None when absent.

    Raises:
        Refusal: 400 with the rule that is broken.
    """
    if tags is None:
        return None
    if not isinstance(tags, dict):
        raise refuse("InvalidRequestContent", problem="Expected an object. Path 'tags'.")
    for name, value in tags.items():
        if not isinstance(value, str):
            raise refuse("InvalidRequestContent", problem=f"Expected a string. Path 'tags.{name}'.")
        if not name or any(character in RESERVED or ord(character) < 32 for character in name):
            raise refuse("InvalidTagNameCharacters", names=name)
        if len(name) > 512:
            raise refuse("InvalidTagName", name=name)
        if len(value) > 256:
            raise refuse("InvalidTagValueLength", value=value)
    if len(tags) > 50:
        raise refuse("InvalidTagCount", count=len(tags))
    return dict(tags)
