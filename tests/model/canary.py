"""A secret in what Azure answers, as a canary in a mine: it must never be written anywhere."""

from typing import Final

CANARY: Final = "canary-4711"
"""What Azure's error texts carry in every random life."""

SECRETIVE: Final = f"Injected: could not log in with password={CANARY}, try again"
"""Such a text."""
