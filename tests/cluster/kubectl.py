"""kubectl in one namespace, with parsed answers; and looks at what is there, which are made without it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devcluster.cluster import ControlPlane
from devcluster.waiting import wait_until
from tests.cluster.direct import read

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Kubectl:
    """Runs as admin. `kubectl("get", "acis", "x")` returns the object, `kubectl("get", "acis")` the list.

    `items`, `find` and what waits take the names of kinds in `direct.KINDS`.
    """

    control_plane: ControlPlane
    namespace: str

    def __call__(self, *arguments: str, stdin: str | None = None) -> Any:
        return json.loads(self.text(*arguments, "-o", "json", stdin=stdin))

    def text(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl printed. Raises KubectlFailed with what it complained about."""
        return self.control_plane.kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def items(self, kind: str, **query: str) -> list[Manifest]:
        """All objects of a kind, or those that a `fieldSelector` leaves; none if the kind does not exist."""
        found = read(self.control_plane.admin, self.namespace, kind, **query) or {"items": []}
        items: list[Manifest] = found["items"]
        for item in items:  # built-in kinds leave these out in a list
            item.setdefault("apiVersion", found["apiVersion"])
            item.setdefault("kind", found["kind"].removesuffix("List"))
        return items

    def find(self, kind: str, name: str) -> Manifest | None:
        """One object, or None."""
        return read(self.control_plane.admin, self.namespace, kind, name)

    def apply(self, *manifests: Manifest) -> None:
        """`kubectl apply` of manifests."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        self.text("apply", "-f", "-", stdin=text)

    def patch(self, kind: str, name: str, patch: Manifest) -> Manifest:
        """A JSON merge patch."""
        patched: Manifest = self("patch", kind, name, "--type=merge", "--patch", json.dumps(patch))
        return patched

    def wait(self, kind: str, name: str, condition: Callable[[Manifest], bool], *, seconds: float = 60) -> Manifest:
        """Wait until an object exists and is as it should be, and return it; on timeout, say what it was."""
        seen: Manifest | None = None

        def holds() -> bool:
            nonlocal seen
            seen = self.find(kind, name)
            return seen is not None and condition(seen)

        try:
            wait_until(holds, f"{kind}/{name}", seconds=seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}; it is {json.dumps(seen, indent=1)}") from None
        assert seen is not None
        return seen

    def wait_gone(self, kind: str, name: str, *, seconds: float = 60) -> None:
        """Wait until an object is gone."""
        wait_until(lambda: self.find(kind, name) is None, f"the end of {kind}/{name}", seconds=seconds)
