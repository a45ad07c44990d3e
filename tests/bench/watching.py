"""When the IPs of services change, as somebody sees it who watches the API server."""

import subprocess
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self

from devcluster.cluster import ControlPlane

_LINE = '{.metadata.name} {.status.ips}{"\\n"}'


class IpWatch:
    """`kubectl get acis --watch` while it is held; remembers when each number of IPs was first seen.

    Attributes:
        seen: Seconds since the epoch, by the service's name and the number of its IPs.
    """

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self.seen: dict[str, dict[int, float]] = defaultdict(dict)

    def __enter__(self) -> Self:
        command: list[str | Path] = [
            *(self._control_plane.binaries.kubectl, "--kubeconfig", self._control_plane.admin),
            *("get", "acis", "--all-namespaces", "--watch", "-o", f"jsonpath={_LINE}"),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            name, _, ips = line.strip().partition(" ")
            self.seen[name].setdefault(ips.count('"') // 2, time.time())
