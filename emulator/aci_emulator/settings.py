"""What can be set, with Azure's own figures as defaults. One model for the file, `--set`, `ctl set` and tests."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from aci_emulator import images
from aci_emulator.images import Image
from aci_emulator.latency import Latency, Seconds
from aci_emulator.regions import LOCATIONS, OTHER_QUOTAS, Pool, QuotaName, Size, normal
from aci_emulator.variants import Variants

FOREVER = 1e9
"""Seconds of the clock: 30 years. Nothing lasts longer, or a time would lie beyond what a calendar has."""


class Settings(BaseModel):
    """Everything a run can choose. Durations are Azure's seconds: each is divided by `time_scale`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # -- the world at the start
    tenant: str = Field("22222222-2222-2222-2222-222222222222", description="the only tenant")
    subscriptions: list[str] = Field(
        default=["11111111-1111-1111-1111-111111111111"], description="all others answer SubscriptionNotFound"
    )
    resource_groups: list[str] = Field(
        default=[], description="NAME@LOCATION, present in every subscription from the start"
    )
    registered: bool = Field(True, description="whether Microsoft.ContainerInstance is registered from the start")
    locations: list[str] = Field(default=LOCATIONS, description="regions that have container instances")
    seed: int = Field(0, description="of every random choice: names of operations, IPs, latencies")

    # -- time
    time_scale: float = Field(1.0, ge=0.001, description="Azure's time runs this many times as fast")
    start_latency: Latency = Field((15.0, 33.0), description="from an accepted PUT or start until it runs")
    restart_latency: Latency = Field((5.0, 15.0), description="of a restart in place, and of a PUT on a group")
    delete_latency: Latency = Field(0.0, description="a DELETE's answer waits so long; the effect is at once")
    answer_latency: Latency = Field(0.0, description="every answer waits so long after its effect")
    deletion_latency: Latency = Field((3.0, 15.0), description="of the operation of a DELETE that answers 202")
    resource_group_delete_latency: Latency = Field(15.0, description="until the groups in it are gone too")
    registration_latency: Latency = Field(5.0, description="from register until Registered")
    provisioning_timeout: Seconds = Field(1800.0, description="a group that cannot start fails after this")
    clock_skew: float = Field(
        0.0, ge=-FOREVER, le=FOREVER, description="seconds by which Azure's clock is ahead of this machine's"
    )
    read_lag: Seconds = Field(0.0, le=600, description="GET and LIST of groups answer as of so long ago")

    # -- limits, for each subscription and region
    group_quota: int = Field(100, ge=0, description="container groups")
    core_quota: float = Field(100.0, ge=0, description="standard cores")
    spot_core_quota: float = Field(10.0, ge=0, description="spot cores")
    quotas: dict[str, dict[QuotaName, Annotated[float, Field(ge=0)]]] = Field(
        default={}, description="REGION or *: quotas by name, which go before the defaults"
    )
    same_name_regions: int = Field(
        0, ge=0, description="regions in which one group name may be new; the next is refused as fraud; 0: any number"
    )
    same_name_window: Seconds = Field(3600.0, description="a group is new for so long")
    sizes: dict[str, Size] = Field(default={}, description="REGION or *: the largest group, {cpu, memory}")
    capacity: list[Pool] = Field(default=[], description="pools of cores that can run out")
    subnet_link_latency: Latency = Field(5.0, description="from the first PUT in a subnet until it takes another")
    budget_5m: int = Field(100, ge=0, description="creates in 5 minutes, and as many deletes")
    budget_1h: int = Field(300, ge=0, description="creates in an hour, and as many deletes")
    budget_headers: bool = Field(True, description="send x-ms-ratelimit-remaining-...-pt5m and -pt1h")
    budget_throttle: bool = Field(True, description="answer 429 ResourceRequestsThrottled over budget")
    arm_region: str = Field("westeurope", description="the region of ARM that answers: the one next to the client")
    arm_reads: int = Field(250, ge=1, description="ARM read bucket of a principal; 25 a second come back")
    arm_writes: int = Field(200, ge=1, description="ARM write bucket, and the delete bucket; 10 a second come back")
    arm_throttle: bool = Field(True, description="answer 429 SubscriptionRequestsThrottled on an empty bucket")
    page_size: int = Field(0, ge=0, description="container groups on a page of LIST; 0: all on one, as seen")

    # -- what is not known of Azure
    variants: Variants = Field(default=Variants(), description="choices for what is not known, see Variants")
    variants_seed: int | None = Field(None, description="draw every variant that is not set from this seed")

    # -- what happens at times
    images: dict[str, Image] = Field(default={}, description="what images do, by glob; the first that fits counts")
    broken_shares: list[str] = Field(default=[], description="ACCOUNT/SHARE globs: accepted, but cannot be mounted")

    @field_validator("locations", mode="after")
    @classmethod
    def _plain_list(cls, value: list[str]) -> list[str]:
        return [normal(item) for item in value]

    @field_validator("quotas", "sizes", mode="after")
    @classmethod
    def _plain_keys(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {normal(key): item for key, item in value.items()}

    @field_validator("arm_region", mode="after")
    @classmethod
    def _plain(cls, value: str) -> str:
        return normal(value)

    @model_validator(mode="before")
    @classmethod
    def _draw(cls, values: Any) -> Any:
        seed, given = values.get("variants_seed"), values.get("variants", {})
        if not (isinstance(seed, int) and isinstance(given, dict | None)):
            return values
        return {**values, "variants": Variants.drawn(seed, given)}

    @model_validator(mode="after")
    def _places(self) -> Self:
        for item in self.resource_groups:
            name, at, location = item.partition("@")
            if not (name and at and location):
                raise ValueError(f"a resource group is NAME@LOCATION, not {item!r}")
        return self

    def quota(self, region: str, name: QuotaName) -> float:
        """How much of something a subscription may have in a region."""
        limits: dict[QuotaName, float] = {
            "ContainerGroups": self.group_quota,
            "StandardCores": self.core_quota,
            "StandardSpotCores": self.spot_core_quota,
            **OTHER_QUOTAS,
            **self.quotas.get("*", {}),
            **self.quotas.get(region, {}),
        }
        return limits[name]

    def image(self, name: str) -> Image:
        """What an image does."""
        return images.find(name, self.images)

    def scaled(self, seconds: float) -> float:
        """Seconds of Azure's time in seconds of the clock."""
        return min(seconds / self.time_scale, FOREVER)

    def changed(self, values: dict[str, Any]) -> "Settings":
        """A copy with some settings changed, validated again.

        Raises:
            pydantic.ValidationError: an unknown name or a wrong value.
        """
        present = self.model_dump()
        if "variants_seed" in values:
            present["variants"] = {}
        if isinstance(values.get("variants"), dict):
            values = {**values, "variants": {**present["variants"], **values["variants"]}}
        return Settings.model_validate({**present, **values})
