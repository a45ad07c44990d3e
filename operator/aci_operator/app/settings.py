"""Settings of the process: from the command line, else from the environment (ACI_OPERATOR_...)."""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LONGEST_WRITE = 20.0
"""Seconds after which a write to Azure is given up at the latest."""

_LAST_PORT = 65535

_PORT = re.compile(r"[0-9]{1,5}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Settings(BaseSettings):
    """All settings. Durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix="ACI_OPERATOR_", env_ignore_empty=True, frozen=True)

    kubeconfig: Path | None = Field(default=None, description="None: the cluster that this process runs in.")
    azure_endpoint: str = Field(default="https://management.azure.com", description="Azure Resource Manager.")
    subscription_id: str | None = Field(default=None, description="For services that name none.")
    cluster_id: str | None = Field(default=None, description="None: the uid of the namespace kube-system.")
    listen: str = Field(default="127.0.0.1:8080", description="Address of /healthz, /readyz and /metrics.")
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    lease_namespace: str = "aci-operator"
    lease_name: str = "aci-operator"
    lease_duration: float = Field(default=60, gt=0, description="After this long an unrenewed Lease can be taken.")
    lease_renew_every: float = Field(default=10, gt=0)
    write_window: float = Field(default=30, gt=0, description="No write to Azure begins later after a renewal.")

    workers: int = Field(default=16, ge=1, description="Objects of a kind that are handled at once.")
    resync: float = Field(default=300, gt=0, description="Between two LISTs of the cluster's objects.")
    ghost_window: float = Field(default=30, gt=0, description="A 404 this soon after a lost answer proves nothing.")
    poll: float = Field(default=5, gt=0, description="Between two looks at what should change soon.")
    list_busy: float = Field(default=5, gt=0, description="Between two LISTs while something is expected.")
    list_quiet: float = Field(default=30, gt=0, description="Between two LISTs at rest.")
    health_turn: float = Field(default=60, gt=0, description="A health turn: each group at rest is read once in it.")
    reads_per_second: float = Field(default=5, gt=0, description="Reads at rest over all groups.")
    collect_every: float = Field(default=600, gt=0, description="Between two rounds of the garbage collector.")
    collect_grace: float = Field(default=300, gt=0, description="A younger group is no garbage.")

    @field_validator("subscription_id")
    @classmethod
    def _subscription_is_no_name(cls, value: str | None) -> str | None:
        if value is not None and not _UUID.fullmatch(value):
            raise ValueError("must be a UUID, the subscription's id and not its name")
        return value

    @field_validator("listen")
    @classmethod
    def _listen_is_an_address(cls, value: str) -> str:
        _, colon, port = value.rpartition(":")
        if not colon or not _PORT.fullmatch(port) or int(port) > _LAST_PORT:
            raise ValueError(
                f'must be HOST:PORT with a port of at most {_LAST_PORT}, such as 127.0.0.1:8080, and not "{value}"'
            )
        return value

    @model_validator(mode="after")
    def _lease_is_renewed_in_time(self) -> "Settings":
        if self.write_window >= self.lease_duration:
            raise ValueError("ACI_OPERATOR_WRITE_WINDOW must be less than ACI_OPERATOR_LEASE_DURATION")
        if self.lease_renew_every >= self.write_window:
            raise ValueError(
                "ACI_OPERATOR_LEASE_RENEW_EVERY must be less than ACI_OPERATOR_WRITE_WINDOW, or writes to Azure stop "
                "before each renewal"
            )
        return self

    @property
    def write_timeout(self) -> float:
        """When a write to Azure is given up: before another process can hold the Lease."""
        return min(LONGEST_WRITE, self.lease_duration - self.write_window)
