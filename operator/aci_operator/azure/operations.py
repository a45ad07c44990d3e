"""The requests to Azure that the operator makes."""

from enum import Enum

from aci_operator.core.errors import AnswerLost, AzureError, Unavailable

_GROUPS = "Microsoft.ContainerInstance/containerGroups"
_RESOURCE_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"


class Operation(Enum):
    """A kind of request.

    Attributes:
        label: The word for it in the metrics.
        writes: Whether it may have an effect.
        action: The permission that it needs.
    """

    GET = ("get", False, f"{_GROUPS}/read")
    LIST = ("list", False, f"{_GROUPS}/read")
    LIST_SUBSCRIPTION = ("list_subscription", False, f"{_GROUPS}/read")
    PUT = ("put", True, f"{_GROUPS}/write")
    LIST_USAGES = ("list_usages", False, "Microsoft.ContainerInstance/locations/usages/read")
    START = ("operation", False, "Microsoft.ContainerInstance/locations/operations/read")
    DELETE = ("delete", True, f"{_GROUPS}/delete")
    REPLACE_TAGS = ("replace_tags", True, f"{_GROUPS}/write")
    FIND_RESOURCE_GROUP = ("find_resource_group", False, f"{_RESOURCE_GROUPS}/read")
    CREATE_RESOURCE_GROUP = ("create_resource_group", True, f"{_RESOURCE_GROUPS}/write")

    def __init__(self, label: str, writes: bool, action: str) -> None:
        self.label = label
        self.writes = writes
        self.action = action

    @property
    def unknown(self) -> type[AzureError]:
        """What an answer means that proves nothing: a write may have had its effect, a read had none."""
        return AnswerLost if self.writes else Unavailable
