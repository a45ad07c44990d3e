"""Azure Resource Manager, Entra ID tokens and Azure Container Instances on loopback.

`Arm` is the whole of Azure as a pure machine: `Arm(Settings(...)).handle(request, now)` answers one request, and reads
neither clock nor socket. `Front` adds faults, latency and tokens to it; `server` puts that on TLS.
"""

from aci_emulator.arm import Arm
from aci_emulator.faults import Fault, Faults, Rule
from aci_emulator.front import ConnectionCut, Front
from aci_emulator.settings import Settings
from aci_emulator.wire import Request, Response

__all__ = ["Arm", "ConnectionCut", "Fault", "Faults", "Front", "Request", "Response", "Rule", "Settings"]
