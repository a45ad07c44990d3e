"""The objects of one kind, as new as anything that was ever heard of them.

What arrives is in no order: the watch lags, a LIST is a picture of the past, answers to our own writes come first. The
resourceVersions of one API server are one row of integers, so that of two statements about a name the one with the
higher version is right. Deletions leave a trace until a LIST that began after them is in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aci_operator.engine.ports import Key
from aci_operator.kube.parsing import Parsed


@dataclass
class _Ended:
    """What is known to have ended: uids for good, and everything of a name up to a version."""

    uids: set[str] = field(default_factory=set)
    versions: dict[Key, int] = field(default_factory=dict)

    def covers(self, parsed: Parsed) -> bool:
        return parsed.uid in self.uids or parsed.version <= self.versions.get(parsed.key, -1)

    def add(self, key: Key, uid: str, version: int) -> None:
        self.uids.add(uid)
        self.versions[key] = max(version, self.versions.get(key, -1))


class Shelf:
    """Parsed objects by name, and by the terms under which they can be found."""

    def __init__(self) -> None:
        self._objects: dict[Key, Parsed] = {}
        self._found: dict[str | Key, set[Key]] = {}
        self._ended = _Ended()
        self._ended_before = _Ended()
        self._listed = -1
        self.newest = -1
        """The highest version ever seen; a LIST that begins now cannot be older."""

    def get(self, key: Key) -> Parsed | None:
        """Return the object of this name."""
        return self._objects.get(key)

    def __len__(self) -> int:
        return len(self._objects)

    def objects(self) -> Iterable[Parsed]:
        """Return all objects."""
        return self._objects.values()

    def found(self, term: str | Key) -> Sequence[Parsed]:
        """Return the objects that can be found under a term."""
        return [self._objects[key] for key in self._found.get(term, ())]

    def put(self, parsed: Parsed) -> bool:
        """Take in a version of an object. Tell whether it was news."""
        # Whatever was there when the last LIST was taken is in it.
        if parsed.key not in self._objects and parsed.version <= self._listed:
            return False
        return self._put(parsed)

    def end(self, key: Key, uid: str, version: int) -> Parsed | None:
        """Take in that an object is gone, and that all of this name up to a version is over. Return what was held."""
        self.newest = max(self.newest, version)
        self._ended.add(key, uid, version)
        present = self._objects.get(key)
        if present is None or (present.uid != uid and present.version > version):
            return None
        self._remove(present)
        return present

    def replace_all(self, listed: Sequence[Parsed], version: int, *, since: int) -> tuple[list[Parsed], list[Parsed]]:
        """Take in a LIST of a version; `since` is `newest` from before it began. Return what changed and what went."""
        # An older version than was seen before: the API server's data was restored from a backup, and nothing that
        # was known says anything any more.
        restored = version < since
        names = {parsed.key for parsed in listed}
        gone = [old for old in self._objects.values() if old.key not in names and (restored or old.version <= version)]
        if restored:
            self._forget()
        for parsed in gone:
            self._remove(parsed)
        changed = [parsed for parsed in listed if self._put(parsed)]
        self._listed = version
        self.newest = max(self.newest, version)
        # What ended before this LIST began is not in it, nor is anything older news from now on. This LIST may have
        # begun before the latest endings; the next one cannot.
        self._ended_before, self._ended = self._ended, _Ended()
        return changed, gone

    def _put(self, parsed: Parsed) -> bool:
        key = parsed.key
        self.newest = max(self.newest, parsed.version)
        present = self._objects.get(key)
        if present is not None and parsed.version <= present.version:
            return False
        if self._ended.covers(parsed) or self._ended_before.covers(parsed):
            return False
        if present is not None:
            self._remove(present)
        self._objects[key] = parsed
        for term in parsed.terms:
            self._found.setdefault(term, set()).add(key)
        return True

    def _forget(self) -> None:
        self._objects, self._found = {}, {}
        self._ended, self._ended_before = _Ended(), _Ended()
        self._listed = self.newest = -1

    def _remove(self, parsed: Parsed) -> None:
        self._objects.pop(parsed.key, None)
        for term in parsed.terms:
            siblings = self._found.get(term, set())
            siblings.discard(parsed.key)
            if not siblings:
                self._found.pop(term, None)
