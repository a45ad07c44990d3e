"""Found by Python before the program begins, when this folder is on PYTHONPATH: plants the bug that PLANTED names."""

import importlib
import os
import sys

if name := os.environ.get("PLANTED"):
    importlib.import_module("bugs").BUGS[name]()
    sys.stderr.write(f"planted: {name}\n")
