"""Files that may appear or change while the emulator runs."""

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from aci_emulator.limits.roles import Role, parse_all

T = TypeVar("T")
log = logging.getLogger(__name__)
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*)PUBLIC KEY-----.+?-----END \1PUBLIC KEY-----", re.DOTALL)


class Watched(Generic[T]):
    """A file that is read again when its time or size changes; a file that cannot be read keeps the last value."""

    def __init__(self, path: Path, parse: Callable[[bytes], T], absent: T) -> None:
        self.path = path
        self._parse = parse
        self._value = absent
        self._seen: tuple[int, int] | None = None

    def refresh(self) -> bool:
        """Read the file if it changed; whether there is a new value."""
        try:
            status = self.path.stat()
            mark = (status.st_mtime_ns, status.st_size)
            if mark == self._seen:
                return False
            self._value = self._parse(self.path.read_bytes())
        except FileNotFoundError:
            return False
        except (OSError, ValueError) as error:
            log.warning("cannot read %s: %s", self.path, error)
            return False
        self._seen = mark
        return True

    def first(self) -> T:
        """The value of a file that must be right from the start.

        Raises:
            ValueError: it cannot be read.
        """
        if self._seen is None and not self.refresh():
            raise ValueError(f"cannot read {self.path}")
        return self._value

    @property
    def value(self) -> T:
        """The value as of now."""
        self.refresh()
        return self._value


def public_keys(content: bytes) -> list[PublicKeyTypes]:
    """All public keys of a PEM file.

    Raises:
        ValueError: it has none, or one that is broken.
    """
    keys = [load_pem_public_key(match[0]) for match in _PEM.finditer(content)]
    if not keys:
        raise ValueError("no PEM public key in it")
    return keys


def roles(content: bytes) -> tuple[Role, ...]:
    """The roles in a JSON file: one, or a list of them.

    Raises:
        ValueError: no JSON, or no role.
    """
    return parse_all(json.loads(content))
