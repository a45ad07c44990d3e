"""`python -m aci_emulator`."""

from aci_emulator.cli import main

main()
