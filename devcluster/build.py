"""The control plane's one binary, built from source."""

import re
from pathlib import Path

from devcluster.gobuild import FLAGS, GoProgram, Say
from devcluster.golang import BuildFailed

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
SOURCE = Path(__file__).resolve().parent
BINARY = "kube"


def cached(say: Say) -> Path:
    """Return a folder with the programs, built now if it is not there.

    Raises:
        BuildFailed: no Go could be had, or the build did not work.
    """
    version = kubernetes_version()
    stamp = f"-s -w -X k8s.io/component-base/version.gitVersion={version}"
    return GoProgram(
        what=f"the control plane ({version}), for 5 to 10 minutes",
        source=SOURCE,
        files=("main.go", "go.mod", "go.sum"),
        binary=BINARY,
        flags=(*FLAGS, "-ldflags", stamp),
        links=PROGRAMS,
    ).cached(say)


def kubernetes_version() -> str:
    """Return the version that go.mod asks for, such as v1.37.2."""
    found = re.search(r"^\s*k8s\.io/kubernetes (v\S+)$", (SOURCE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise BuildFailed("devcluster/go.mod does not ask for k8s.io/kubernetes")
    return found.group(1)
