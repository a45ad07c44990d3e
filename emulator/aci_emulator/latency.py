"""Durations that are drawn."""

import random
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class LogNormal(BaseModel):
    """A long-tailed distribution: half of the draws are below `median` seconds; `sigma` is the spread of the log."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    median: Annotated[float, Field(ge=0)]
    sigma: Annotated[float, Field(ge=0, le=10)] = 0.3


Seconds = Annotated[float, Field(ge=0)]
Latency = Seconds | tuple[Seconds, Seconds] | LogNormal
"""Seconds: a number, a range [least, most] drawn from evenly, or {"median": m, "sigma": s}."""


def draw(latency: Latency, chance: random.Random) -> float:
    """One value of the distribution, in seconds."""
    if isinstance(latency, LogNormal):
        return latency.median * chance.lognormvariate(0.0, latency.sigma)
    if isinstance(latency, tuple):
        return chance.uniform(*latency)
    return latency
