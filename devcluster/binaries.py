"""Where the programs of the control plane come from.

In this order: the folder in KUBEBUILDER_ASSETS, the PATH, our own cache, a build into that cache. A place counts only
if all four programs are in it, so that their versions fit. The assets of envtest have no kube-controller-manager, which
deletes namespaces and collects garbage; they are left aside, with a word about it.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devcluster.build import PROGRAMS, cached

Say = Callable[[str], None]


@dataclass(frozen=True)
class Binaries:
    """The programs of a control plane."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kubectl: Path

    @staticmethod
    def find(say: Say) -> "Binaries":
        """Find the programs, or build them: that takes 5 to 10 minutes on two cores and is done once.

        Args:
            say: gets one line at a time about what is going on.

        Raises:
            BuildFailed: there was nothing to find and the build did not work.
        """
        return _in_assets(say) or _on_path() or _in_folder(cached(say))


def _in_assets(say: Say) -> Binaries | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        return None
    missing = [program for program in PROGRAMS if not os.access(Path(assets, program), os.X_OK)]
    if missing:
        say(f"KUBEBUILDER_ASSETS is not used: {assets} has no {', '.join(missing)}")
        return None
    return _in_folder(Path(assets).resolve())


def _on_path() -> Binaries | None:
    found = [shutil.which(program) for program in PROGRAMS]
    paths = [Path(path).absolute() for path in found if path]
    return Binaries(*paths) if len(paths) == len(PROGRAMS) else None


def _in_folder(folder: Path) -> Binaries:
    return Binaries(*(folder / program for program in PROGRAMS))
