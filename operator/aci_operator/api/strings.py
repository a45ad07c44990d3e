"""Names and ids, each with its form and with the sentence that a wrong one is refused with."""

from typing import Annotated, Final

from pydantic import StringConstraints

from aci_operator.api.keys import GROUP
from aci_operator.api.rules import Extra, Sentence, rule, rules

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=63),
    Sentence("a container's name has lower-case letters, digits and hyphens, and no hyphen at either end"),
]
EnvName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", min_length=1, max_length=63),
    Sentence("a variable's name has letters, digits and underscores, and no digit first"),
]
IdentityId = Annotated[
    str,
    StringConstraints(
        pattern=r"(?i)^/subscriptions/[^/?#%]+/resourceGroups/[^/?#%]+/providers/"
        r"Microsoft\.ManagedIdentity/userAssignedIdentities/[^/?#%]+$",
        max_length=1024,
    ),
    Sentence(
        "give the resource id of a user-assigned identity: /subscriptions/<id>/resourceGroups/<name>/providers/"
        "Microsoft.ManagedIdentity/userAssignedIdentities/<name>"
    ),
]
Location = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+$", min_length=1, max_length=64),
    Sentence("write the region's short name, such as westeurope, not its display name"),
]
ResourceGroupName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[-\p{L}\p{Nd}._()]*[-\p{L}\p{Nd}_()]$",  # Azure's rule: letters and digits of any script
        min_length=1,
        max_length=90,
    ),
    Sentence("a resource group's name has letters, digits, and . _ - ( ), and does not end with a full stop"),
]
SubscriptionId = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", max_length=36
    ),
    Sentence("give the subscription's id, such as 11111111-2222-3333-4444-555555555555, not its name"),
]
SubnetId = Annotated[
    str,
    StringConstraints(
        pattern=r"(?i)^/subscriptions/[^/?#%]+/resourceGroups/[^/?#%]+/providers/"
        r"Microsoft\.Network/virtualNetworks/[^/?#%]+/subnets/[^/?#%]+$",
        max_length=1024,
    ),
    Sentence(
        "give the resource id of a subnet: /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Network/"
        "virtualNetworks/<name>/subnets/<name>"
    ),
]
Zone = Annotated[
    str,
    StringConstraints(pattern=r"^[1-3]$", max_length=1),
    Sentence('an availability zone is "1", "2" or "3", in quotes'),
]
TagValue = Annotated[str, StringConstraints(max_length=256)]

MAX_TAGS: Final = 30
"""Tags of the user's own; Azure takes 50, and the operator needs some."""

_RESERVED_TAGS: Final = f"(microsoft|azure|windows|{GROUP.replace('.', '[.]')})"

TAG_RULES: Final[Extra] = rules(
    rule("self.all(t, size(t) > 0 && size(t) <= 512)", "the name of a tag has 1 to 512 characters"),
    rule(
        r"!self.exists(t, t.matches(r'[<>%&\\?/]'))",
        r"Azure does not take < > % & \ ? / in the name of a tag; use another character, such as an underscore",
    ),
    rule(
        f"!self.exists(t, t.matches(r'(?i)^{_RESERVED_TAGS}'))",
        f"tags that start with microsoft, azure or windows are Azure's own, and {GROUP} is the operator's; "
        "choose another name",
    ),
)
"""What Azure refuses in the names of tags, and what the operator needs for itself."""


NAME_RULE: Final = rule(
    "size(self.metadata.name) <= 63 && self.metadata.name.matches('^[a-z0-9]+(-[a-z0-9]+)*$')",
    "metadata.name becomes the container group's name in Azure: use at most 63 lower-case letters, digits and single "
    "hyphens between them; full stops are not allowed",
    at=".metadata.name",
)
