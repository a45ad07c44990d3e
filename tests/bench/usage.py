"""What a process has used, by /proc."""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """Attributes:
    at: Seconds of the monotonic clock.
    cpu: Seconds of processor time, user and system, of all its threads.
    memory: Resident set, in MB of 10^6 bytes; `peak` the most that it ever was.
    """

    at: float
    cpu: float
    memory: float
    peak: float

    @staticmethod
    def of(pid: int) -> "Usage":
        """Look at a process."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
        ticks = int(fields[11]) + int(fields[12])
        return Usage(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), _kib(status, "VmRSS"), _kib(status, "VmHWM"))

    def share(self, since: "Usage") -> float:
        """Return the share of one core since an earlier look, in percent."""
        return 100 * (self.cpu - since.cpu) / (self.at - since.at)


def _kib(status: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0
