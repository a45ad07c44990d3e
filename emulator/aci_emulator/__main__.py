"""`python -m aci_emulator`."""

from aci_emulator.serve.cli import main

main()
