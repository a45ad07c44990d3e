"""Found by Python before the program begins, when this folder is on PYTHONPATH: plants the bug that PLANTED names."""

import os
import sys

if name := os.environ.get("PLANTED"):
    from tests.cluster.planted.bugs import BUGS

    BUGS[name]()
    sys.stderr.write(f"planted: {name}\n")
