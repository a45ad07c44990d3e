"""Who may do what: roles in the format of Azure's role definitions."""

import fnmatch
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from aci_emulator.errors import refuse

WHOLE_SUBSCRIPTION = re.compile(
    r"/|/subscriptions/[^/]+/?|/providers/Microsoft\.Management/managementGroups/.*", re.IGNORECASE
)


class Role(BaseModel):
    """A role and where it is assigned: `{"Name", "Actions", "NotActions", "AssignableScopes"}`.

    Azure writes these names in two cases; both are read.

    AssignableScopes says where a role *may* be assigned; the emulator takes it as assigned there. One for a whole
    subscription counts in each that it serves, since role files have placeholders there; without any scope too.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field("", validation_alias=AliasChoices("Name", "roleName", "name"))
    actions: list[str] = Field(default=[], validation_alias=AliasChoices("Actions", "actions"))
    not_actions: list[str] = Field(default=[], validation_alias=AliasChoices("NotActions", "notActions"))
    scopes: list[str] = Field(default=[], validation_alias=AliasChoices("AssignableScopes", "assignableScopes"))

    @classmethod
    def parse(cls, document: Any) -> Self:
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
                    AssignableScopes=document.get("assignableScopes", []),
                )
        return cls.model_validate(document)

    def at(self, scope: str) -> Self:
        """The role assigned at this scope alone."""
        return self.model_copy(update={"scopes": [scope]})

    def allows(self, action: str, scope: str, *, below: bool = False) -> bool:
        """Whether the role gives the action at a scope, or, if `below` says so, at anything in its subscription.

        `*` in a role stands for anything, cases do not count, NotActions take away.
        """

        def among(patterns: list[str]) -> bool:
            return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)

        return among(self.actions) and not among(self.not_actions) and self._covers(scope, below=below)

    def _covers(self, scope: str, *, below: bool) -> bool:
        if not self.scopes:
            return True
        subscription = "/".join(scope.split("/")[:3])
        return any(
            WHOLE_SUBSCRIPTION.fullmatch(own) or _within(scope, own) or (below and _within(own, subscription))
            for own in self.scopes
        )


@dataclass
class Roles:
    """The roles of principals by client id. `default` is for those without their own; None allows everything."""

    default: tuple[Role, ...] | None = None
    own: dict[str, tuple[Role, ...]] = field(default_factory=dict)

    def assign(self, principal: str | None, *roles: Role) -> None:
        """Give a principal (None: all without their own) these roles, in the place of what it has."""
        if principal is None:
            self.default = roles
        else:
            self.own[principal.lower()] = roles

    def allows(self, principal: str | None, action: str, scope: str, *, below: bool = False) -> bool:
        """Whether any role of the principal gives the action; a principal of None is checked elsewhere."""
        roles = self.default if principal is None else self.own.get(principal, self.default)
        if principal is None or roles is None:
            return True
        return any(role.allows(action, scope, below=below) for role in roles)

    def check(self, principal: str | None, action: str, scope: str, *, below: bool = False) -> None:
        """Let an action pass.

        Raises:
            Refusal: 403 AuthorizationFailed.
        """
        if principal is not None and not self.allows(principal, action, scope, below=below):
            raise refuse(
                "AuthorizationFailed", client=principal, object=object_id(principal), action=action, scope=scope
            )


def parse_all(document: Any) -> tuple[Role, ...]:
    """The roles in a JSON document: one, or a list of them.

    Raises:
        pydantic.ValidationError: one of them is not a role definition.
    """
    return tuple(Role.parse(item) for item in (document if isinstance(document, list) else [document]))


def object_id(principal: str) -> str:
    """The object id of a client id: always the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"object:{principal}"))


def _within(scope: str, outer: str) -> bool:
    return f"{scope.lower().rstrip('/')}/".startswith(f"{outer.lower().rstrip('/')}/")
