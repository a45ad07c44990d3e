"""Who may do what: roles in the format of Azure's role definitions."""

import fnmatch
import uuid
from dataclasses import dataclass, field
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from aci_emulator.errors import refuse


class Role(BaseModel):
    """A role definition: `{"Name", "Actions", "NotActions", "AssignableScopes"}`, names in any of Azure's two cases.

    AssignableScopes says where a role *may* be assigned; the emulator takes every role as assigned at each
    subscription it serves, and does not read it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field("", validation_alias=AliasChoices("Name", "roleName", "name"))
    actions: list[str] = Field(default=[], validation_alias=AliasChoices("Actions", "actions"))
    not_actions: list[str] = Field(default=[], validation_alias=AliasChoices("NotActions", "notActions"))

    @classmethod
    def parse(cls, document: Any) -> "Role":
        """A role from its JSON, also as `az role definition list` gives it (permissions in a list, or one level down).

        Raises:
            pydantic.ValidationError: not a role definition.
        """
        if isinstance(document, dict):
            document = document.get("properties", document)
            permissions = document.get("permissions")
            if permissions:
                parts = [cls.model_validate(part) for part in permissions]
                return cls(
                    Name=document.get("roleName", ""),
                    Actions=[a for p in parts for a in p.actions],
                    NotActions=[a for p in parts for a in p.not_actions],
                )
        return cls.model_validate(document)

    def allows(self, action: str) -> bool:
        """Whether the role has the action; `*` stands for anything, cases do not count, NotActions take away."""

        def among(patterns: list[str]) -> bool:
            return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)

        return among(self.actions) and not among(self.not_actions)


@dataclass
class Roles:
    """The roles of principals by client id. `default` is for those without their own; None allows everything."""

    default: Role | None = None
    own: dict[str, Role] = field(default_factory=dict)

    def check(self, principal: str | None, action: str, scope: str) -> None:
        """Let an action pass; a principal of None is checked elsewhere.

        Raises:
            Refusal: 403 AuthorizationFailed.
        """
        if principal is None:
            return
        role = self.own.get(principal, self.default)
        if role is not None and not role.allows(action):
            raise refuse(
                "AuthorizationFailed", client=principal, object=object_id(principal), action=action, scope=scope
            )


def object_id(principal: str) -> str:
    """The object id of a client id: always the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"object:{principal}"))
