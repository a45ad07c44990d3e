"""Every reason and state that status, Events and docs use. One table, so that they cannot drift apart."""

from enum import StrEnum


class State(StrEnum):
    """The state of a container group, one word for people. Conditions are for programs."""

    PENDING = "Pending"
    """Not sent to Azure, or refused; it will be sent (again)."""
    CREATING = "Creating"
    """Sent to Azure; not yet running."""
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    """All containers ended with exit code 0 and the restart policy leaves it at that."""
    FAILED = "Failed"
    """Azure gave it up, its containers ended and will not come back, or it has not become well for too long."""
    LOST = "Lost"
    """It existed and is gone from Azure, without our doing."""
    DELETING = "Deleting"

    @property
    def dead(self) -> bool:
        """Whether a service replaces a group in this state."""
        return self in {State.FAILED, State.LOST}


class Act(StrEnum):
    """What the operator does. With its reason it is told alike in a log line, an Event and a metric."""

    CREATE = "create"
    """The object of a replica; so are the next four."""
    DELETE = "delete"
    ADOPT = "adopt"
    RELEASE = "release"
    HAND_DOWN = "hand_down"
    STORE_REVISION = "store_revision"
    DROP_REVISION = "drop_revision"
    PUT_GROUP = "put_group"
    """In Azure; so is all that follows."""
    DELETE_GROUP = "delete_group"
    REPLACE_TAGS = "replace_tags"
    CREATE_RESOURCE_GROUP = "create_resource_group"
    COLLECT = "collect"


class Reason(StrEnum):
    """Why a condition has its status, why something is done, or what an Event tells."""

    # Going well
    PROGRESSING = "Progressing"
    SCALING = "Scaling"
    ROLLING_OUT = "RollingOut"
    HEALING = "Healing"
    READY = "Ready"
    RUNNING = "Running"
    SCALED_TO_ZERO = "ScaledToZero"
    COMPLETED = "Completed"
    DELETING = "Deleting"
    AVAILABLE = "Available"
    UNAVAILABLE = "Unavailable"

    PAUSED = "Paused"
    NOT_PAUSED = "NotPaused"

    # Waiting, heals by itself
    WAITING_FOR_BUDGET = "WaitingForBudget"
    THROTTLED = "Throttled"
    QUOTA_EXCEEDED = "QuotaExceeded"
    QUOTA_BLOCKS_SURGE = "QuotaBlocksSurge"
    NO_CAPACITY = "NoCapacity"
    AZURE_UNAVAILABLE = "AzureUnavailable"
    REGISTRY_UNAVAILABLE = "RegistryUnavailable"
    TRANSITIONING = "Transitioning"
    ANSWER_LOST = "AnswerLost"
    HEAL_LIMIT = "HealLimit"

    # The group itself
    STARTING = "Starting"
    START_FAILING = "StartFailing"
    START_FAILED = "StartFailed"
    STOPPED = "Stopped"
    DISAPPEARED = "Disappeared"
    STUCK = "Stuck"
    RESTARTING = "Restarting"
    CRASH_LOOPING = "CrashLooping"
    NO_IP = "NoIPAddress"
    RESTARTED_BY_PLATFORM = "RestartedByPlatform"
    IP_CHANGED = "IPChanged"
    TAKEN_OVER = "TakenOver"
    DRIFTED = "Drifted"
    NOT_DRIFTED = "NotDrifted"
    TAGS_RESTORED = "TagsRestored"

    # A person must act
    DEADLINE_EXCEEDED = "ProgressDeadlineExceeded"
    FORBIDDEN = "Forbidden"
    UNAUTHENTICATED = "Unauthenticated"
    INVALID = "InvalidSpec"
    IMAGE_INACCESSIBLE = "ImageInaccessible"
    RESOURCE_GROUP_NOT_FOUND = "ResourceGroupNotFound"
    SUBSCRIPTION_NOT_FOUND = "SubscriptionNotFound"
    SUBSCRIPTION_MISSING = "SubscriptionMissing"
    NOT_REGISTERED = "ProviderNotRegistered"
    OWNERSHIP_CONFLICT = "OwnershipConflict"
    SCOPE_MISMATCH = "ScopeMismatch"
    UNREADABLE = "Unreadable"
    API_FORBIDDEN = "KubernetesForbidden"

    # Why something is done
    CANARY = "Canary"
    PLACEMENT = "Placement"
    ADOPTION = "Adoption"
    TEMPLATE_CHANGED = "TemplateChanged"
    SPEC_CHANGED = "SpecChanged"
    HISTORY_LIMIT = "RevisionHistoryLimit"
    REQUESTED = "Requested"
    NO_OBJECT = "NoObject"

    # Events only
    CREATED_REVISION = "CreatedRevision"
    DELETED_REVISION = "DeletedRevision"
    RESUMED = "Resumed"
    ROLLOUT_STARTED = "RolloutStarted"
    CANARY_AVAILABLE = "CanaryAvailable"
    ROLLED_OUT = "RolledOut"
    CREATED_GROUP = "CreatedGroup"
    DELETED_GROUP = "DeletedGroup"
    ADOPTED_GROUP = "AdoptedGroup"
    RELEASED_GROUP = "ReleasedGroup"
    UPDATED_GROUP = "UpdatedGroup"
    CREATED_IN_AZURE = "CreatedInAzure"
    DELETED_IN_AZURE = "DeletedInAzure"
    COLLECTED_GROUP = "CollectedGroup"
    ORPHANS_HELD_BACK = "OrphansHeldBack"
    ORPHANED = "Orphaned"
    ABANDONED = "Abandoned"
    LEFT_ALONE = "LeftAlone"
    CREATED_RESOURCE_GROUP = "CreatedResourceGroup"
