"""What is not known of Azure: each open point is a named choice, with a default.

Nobody may rely on one answer where the sources leave several open. A run takes the defaults, sets single choices, or
draws all that it does not set from a seed.
"""

import random
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field


class Variants(BaseModel):
    """One choice for each open point. The first value of each is the default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # -- limits
    budget_window: Literal["sliding", "fixed"] = Field(
        "sliding",
        description="create and delete budgets: the last 5 minutes and hour, or windows that begin with the first "
        "request after the last one ended",
    )
    quota_of_failed: Literal["counted", "free"] = Field("counted", description="quota of groups that Failed")
    refused_creates: Literal["counted", "free"] = Field("counted", description="budget of PUTs that are refused")
    throttle_retry_after: Literal["sent", "absent"] = Field("sent", description="Retry-After on the provider's 429")
    throttle_code: Literal["ResourceRequestsThrottled", "TooManyRequests"] = Field(
        "ResourceRequestsThrottled", description="code of the provider's 429"
    )

    # -- writes
    put_on_existing: Literal["200", "201"] = Field("200", description="status of a PUT on a group that exists")
    update_ip: Literal["kept", "changed"] = Field("kept", description="public IP after a PUT on a running group")
    invalid_update: Literal["400", "409"] = Field("400", description="status of InvalidContainerGroupUpdate")
    dns_label_taken: Literal["409", "400"] = Field("409", description="status of DnsNameLabelAlreadyTaken")
    delete_while_transitioning: Literal["refused", "accepted"] = Field(
        "refused", description="DELETE while an operation runs: 409, or it goes"
    )
    delete_answer: Literal["200", "202"] = Field("200", description="DELETE: done at once, or 202 with an operation")
    patch_of_tags: Literal["in-place", "restarts"] = Field(
        "in-place", description="whether a PATCH of tags restarts the containers"
    )

    # -- reads
    list_order: Literal["creation", "name", "shuffled"] = Field("creation", description="order of LIST")
    list_under_change: Literal["stable", "shifting"] = Field(
        "stable",
        description="pages of one LIST while groups come and go: as of its first page, or items shift, so "
        "that some come twice or not at all",
    )
    id_case: Literal["as-created", "upper-groups"] = Field(
        "as-created", description="resource group in the ids that LIST shows: as created, or in upper case"
    )
    location_case: Literal["as-sent", "normal"] = Field("as-sent", description="location in bodies")

    list_with_rights_below: Literal["filtered", "refused"] = Field(
        "filtered",
        description="LIST in a subscription with rights on a resource group alone: what may be read, or 403",
    )

    # -- requests
    gpu: Literal["no-quota", "no-capacity", "accepted"] = Field(
        "no-quota", description="GPUs since their retirement: quota of 0, no capacity, or as before it"
    )
    head_of_group: Literal["refused", "answered"] = Field(
        "refused", description="HEAD of a container group: 405, or 204 and 404 (ARM leaves it to the provider)"
    )
    list_options: Literal["ignored", "refused"] = Field(
        "ignored", description="$filter, $top and $orderby on LIST of container groups: not looked at, or 400"
    )
    link_deletion: Literal["200", "202"] = Field(
        "200", description="DELETE of a subnet's service association link: done at once, or 202 with a Location"
    )

    # -- life
    failed_code: Literal["absent", "null"] = Field("absent", description="error.code of a failed operation")
    failed_error: Literal["message", "empty"] = Field(
        "message", description="error of a failed operation: the joined events, or an empty object"
    )
    stopped_status: Literal["409", "400"] = Field("409", description="status of ContainerGroupStopped")
    exec_on_ended: Literal["200", "refused"] = Field("200", description="exec on a group whose containers have ended")
    view_after_stop: Literal["at-once", "late"] = Field(
        "at-once", description="containers' instanceView right after a stop, or missing for a second"
    )
    unhealthy_event: Literal["absent", "present"] = Field(
        "absent", description="an Unhealthy event before a liveness restart (seen until 2021, gone in 2022)"
    )
    after_timeout: Literal["stops", "keeps-trying"] = Field(
        "stops", description="a group whose provisioning timed out: rests as Failed, or may still come up"
    )
    failure_under_never: Literal["ends", "restarts-once"] = Field(
        "ends", description="a run that fails under Never is the last, or the platform begins another (documented)"
    )
    waiting_state: Literal["Pending", "Waiting"] = Field(
        "Pending", description="instanceView.state of a group that is placed and not up yet"
    )
    moving_state: Literal["Succeeded", "Repairing"] = Field(
        "Succeeded", description="provisioningState while the platform moves a group (maintenance, eviction)"
    )
    silent_log: Literal["null", "empty"] = Field("null", description="content of a log without a line")

    @classmethod
    def drawn(cls, seed: int, given: dict[str, Any] | None = None) -> "Variants":
        """Every choice that is not `given`, drawn evenly from a seed.

        Raises:
            pydantic.ValidationError: `given` names no open point, or not one of its values.
        """
        chance = random.Random(seed)  # noqa: S311 repeatable on purpose
        drawn = {name: chance.choice(values) for name, values in choices().items()}
        return cls.model_validate({**drawn, **(given or {})})


def choices() -> dict[str, tuple[str, ...]]:
    """The values of each open point, the default first."""
    return {name: get_args(field.annotation) for name, field in Variants.model_fields.items()}
