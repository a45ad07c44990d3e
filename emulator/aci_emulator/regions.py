"""What regions there are, and what a run can say that one offers: quotas, the largest size, pools of cores."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

LOCATIONS = [
    "australiaeast",
    "australiasoutheast",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "koreacentral",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "southindia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
]

QuotaName = Literal[
    "ContainerGroups",
    "StandardCores",
    "StandardSpotCores",
    "DedicatedContainerGroups",
    "DedicatedCores",
    "ConfidentialContainerGroups",
    "ConfidentialCores",
]
"""What is counted apart in a subscription and region, by the names that usages shows (recorded)."""

OTHER_QUOTAS: dict[QuotaName, float] = {
    "DedicatedContainerGroups": 0,
    "DedicatedCores": 0,
    "ConfidentialContainerGroups": 100,
    "ConfidentialCores": 100,
}
"""Documented: none of sku Dedicated until support grants some. That Confidential begins as Standard is assumed."""


class Size(BaseModel):
    """The largest group that a region takes: CPU cores, and memory in GB."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu: Annotated[float, Field(ge=0)]
    memory: Annotated[float, Field(ge=0)]


class Pool(BaseModel):
    """Cores that all groups of one kind share; what is None (or the location *) fits any.

    Attributes:
        big: only groups over 4 cores or 16 GB, which Azure places on demand alone (documented).
        cores: how many there are.
        late: a group that does not fit is accepted and then fails; otherwise it is refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = "*"
    zone: str | None = None
    sku: Literal["Standard", "Dedicated", "Confidential"] | None = None
    priority: Literal["Regular", "Spot"] | None = None
    big: bool | None = None
    cores: Annotated[float, Field(ge=0)] = 0.0
    late: bool = False

    @field_validator("location", mode="after")
    @classmethod
    def _plain(cls, value: str) -> str:
        return normal(value)


def normal(location: str) -> str:
    """A location as ARM compares it: "West Central US" is "westcentralus"."""
    return location.lower().replace(" ", "")
