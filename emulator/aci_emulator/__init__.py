"""Azure Resource Manager, Entra ID tokens and Azure Container Instances on loopback.

`Arm` is the whole of Azure as a pure machine: `Arm(Settings(...)).handle(request, now)` answers one request, and reads
neither clock nor socket. `Front` adds faults, latency and tokens to it; `server` puts that on TLS.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aci_emulator.arm.machine import Arm
    from aci_emulator.front.faults import Faults, Rule
    from aci_emulator.front.front import ConnectionCut, Front
    from aci_emulator.settings import Settings
    from aci_emulator.wire import Request, Response

__all__ = ["Arm", "ConnectionCut", "Faults", "Front", "Request", "Response", "Rule", "Settings"]

_HOMES = {
    "Arm": "arm.machine",
    "ConnectionCut": "front.front",
    "Faults": "front.faults",
    "Front": "front.front",
    "Request": "wire",
    "Response": "wire",
    "Rule": "front.faults",
    "Settings": "settings",
}


def __getattr__(name: str) -> Any:
    # Loaded when asked for: `aci-emulator ctl` needs none of it, and is started often.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
