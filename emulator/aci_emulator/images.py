"""What images do: no image is pulled and none runs, so a run says it, by globs over their names."""

import fnmatch
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aci_emulator.latency import Latency, Seconds


class Image(BaseModel):
    """What the images of one glob do. Durations are Azure's seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pull: Latency | None = Field(None, description="of a pull; by default a share of start_latency")
    start: Latency | None = Field(None, description="from pulled to started; by default a share of start_latency")
    run: Latency | Literal["forever"] | None = Field(
        None, description="of a run; by default for ever, and no time at all in an init container"
    )
    exit_code: int = Field(0, ge=0, le=65535, description="of a run that ends")
    log: list[str] = Field(default=[], description="lines that each start writes")
    memory: float | None = Field(None, gt=0, description="GB that it uses; above the container's limit it is killed")
    pull_size: float | None = Field(None, gt=0, description="GB; 8 seconds each, more than 15 cannot be pulled")
    missing: bool = Field(False, description="PUT is refused with InaccessibleImage")
    registry: Literal["ok", "refuses", "busy"] = Field(
        "ok", description="busy: PUT is refused with RegistryErrorResponse; refuses: accepted, and every pull fails"
    )
    pull_fails: Annotated[int, Field(ge=0)] | Literal["always"] = Field(
        0, description="so many pulls fail before one succeeds"
    )
    cannot_start: bool = Field(False, description="every start fails, as with a command that is not there")
    liveness_fails_after: Seconds | None = Field(
        None, description="from when on a livenessProbe fails; nothing without one"
    )


PLAIN = Image()
"""An image that no glob fits: it is there, runs for ever and is silent."""


def find(image: str, rules: Mapping[str, Image]) -> Image:
    """What an image does: the first glob that fits, cases told apart."""
    return next((rule for glob, rule in rules.items() if fnmatch.fnmatchcase(image, glob)), PLAIN)


def registry(image: str) -> str:
    """The registry that an image comes from, as Azure names it."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "index.docker.io"
