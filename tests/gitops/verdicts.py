"""What GitOps tools say of objects, by their own libraries: a Go program that is built once."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aci_operator.api.keys import GROUP_KIND, SERVICE_KIND
from aci_operator.kube.api import Manifest

from devcluster.gobuild import GoProgram, Say
from devcluster.system import names

PROGRAM: Final = GoProgram(
    what="kstatus and Argo CD's Lua, for a minute",
    source=Path(__file__).resolve().parent / "health",
    files=("main.go", "argo.go", "go.mod", "go.sum"),
    binary="health",
)
SCRIPT: Final = names.MANIFESTS / "gitops" / "argocd" / "health.lua"


@dataclass(frozen=True)
class Said:
    """What is said of one object.

    Attributes:
        kstatus: InProgress, Current, Failed or Terminating.
        flux: The same words, by Flux's edition of kstatus.
        argo: Healthy, Progressing, Degraded or Suspended.
        message: What Argo CD shows beside it.
    """

    kstatus: str
    flux: str
    argo: str
    message: str


@dataclass(frozen=True)
class Tools:
    """The program."""

    program: Path

    @staticmethod
    def build(say: Say) -> "Tools":
        """Build the program unless it is in the cache. Raises BuildFailed."""
        return Tools(PROGRAM.cached(say) / PROGRAM.binary)

    def judge(self, objects: Iterable[Manifest]) -> Sequence[Said]:
        """Return what is said of each object.

        Raises:
            CalledProcessError: an object or the script of its kind is not as it should be.
        """
        scripts = [f"{kind}={SCRIPT}" for kind in (SERVICE_KIND, GROUP_KIND)]
        lines = "".join(json.dumps(each) + "\n" for each in objects)
        done = subprocess.run([self.program, *scripts], input=lines, stdout=subprocess.PIPE, text=True, check=True)
        return [Said(**json.loads(line)) for line in done.stdout.splitlines()]
