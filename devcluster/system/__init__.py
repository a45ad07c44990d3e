"""The whole system on one machine: the control plane, the emulator of Azure, and the operator between the two.

Only this package knows emulator and operator; the rest of `devcluster` does without.
"""
