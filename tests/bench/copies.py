"""A large fleet in a minute: copies of services that the operator has brought up itself.

What etcd and the emulator hold of each original is copied byte for byte, under other names, uids and IPs of the same
length. The API server, the emulator and the operator read the copies as they read the originals.
"""

import asyncio
import base64
import json
import re
import time
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.bench.fleet import NAMESPACE, bring_up, member
from tests.bench.stage import LEASE, RESOURCE_GROUPS, Stage, say

KINDS: Final = ("acioperator.dev/aciservices", "acioperator.dev/acicontainergroups", "controllerrevisions")
"""As etcd's keys name them."""

PUTS_AT_ONCE: Final = 100
STILL: Final = 10.0
"""Seconds after which the last status is written and the last Event posted."""

_IP: Final = re.compile(r"\b20\.\d+\.\d+\.\d+\b")


def multiply(stage: Stage, fleet: int) -> None:
    """Bring services up until each resource group has one, and copy them until there are so many.

    The operator is stopped meanwhile, and then begins anew. The emulator must keep its state.
    """
    originals = len(RESOURCE_GROUPS)
    asyncio.run(bring_up(stage, [member(number) for number in range(originals)]))
    for condition in ("Ready", "Available"):
        wanted = ("--for", f"condition={condition}", "--timeout", "120s")
        stage.control_plane.kubectl("wait", "acis", "--all", "--namespace", NAMESPACE, *wanted)
    time.sleep(STILL)
    stage.operator.stop()
    names = [member(number)["metadata"]["name"] for number in range(originals)]
    uids = _uids(stage)
    stored = {name: _stored(stage, name) for name in names}
    stage.emulator.run.stop("emulator")
    state = json.loads(stage.state.read_text())
    groups = {name: next(each for each in state["groups"] if each["name"].startswith(f"{name}-")) for name in names}
    waiting: list[tuple[str, bytes]] = []
    for number in range(originals, fleet):
        name = names[number % originals]
        other = _Copy(name, member(number)["metadata"]["name"], uids[name], number)
        waiting += [(other.text(key), other.data(value)) for key, value in stored[name].items()]
        state["groups"].append(json.loads(other.text(json.dumps(groups[name]))))
        if len(waiting) > PUTS_AT_ONCE:
            _write(stage, waiting)
            waiting = []
    _write(stage, waiting)
    stage.state.write_text(json.dumps(state))
    stage.emulator.start_again()
    say(f"{fleet} services copied from {originals}")
    stage.operator.start(environment=LEASE, wait=False)
    # The API server itself has to read them first.
    stage.operator.run.wait_ready(stage.operator.name, stage.operator.ready, seconds=600)
    stage.wait(lambda: stage.running() == fleet, "the operator's sight of them")


class _Copy:
    """Another service in the place of an original."""

    def __init__(self, name: str, other: str, uids: Sequence[str], number: int) -> None:
        self._words = {name: other} | {uid: str(uuid.uuid4()) for uid in uids}
        self._ip = f"20.{100 + number // 10_000}.{number // 100 % 100}.{number % 100}"

    def text(self, text: str) -> str:
        """Return the other service's part of a text."""
        for word, other in self._words.items():
            text = text.replace(word, other)
        return _IP.sub(self._ip, text)

    def data(self, value: bytes) -> bytes:
        """Return the other service's value in etcd: JSON, or Kubernetes' protobuf, in which no length may change."""
        if value.startswith(b"{"):
            return self.text(value.decode()).encode()
        for word, other in self._words.items():
            value = value.replace(word.encode(), other.encode())
        return value


def _uids(stage: Stage) -> Mapping[str, Sequence[str]]:
    """Return the uids of the objects of each service, by its name."""
    kinds = "aciservices,acicontainergroups,controllerrevisions"
    found = json.loads(stage.control_plane.kubectl("get", kinds, "--namespace", NAMESPACE, "-o", "json"))["items"]
    uids: dict[str, list[str]] = {}
    for manifest in found:
        metadata = manifest["metadata"]
        name = metadata.get("labels", {}).get("acioperator.dev/service", metadata["name"])
        uids.setdefault(name, []).append(metadata["uid"])
    return uids


def _stored(stage: Stage, name: str) -> Mapping[str, bytes]:
    """Return what etcd holds of a service, its groups and its revisions."""
    held: dict[str, bytes] = {}
    for kind in KINDS:
        first = f"/registry/{kind}/{NAMESPACE}/{name}"
        answer = _etcd(stage, "range", {"key": _packed(first), "range_end": _packed(f"{first}/")})
        held |= {_unpacked(each["key"]).decode(): _unpacked(each["value"]) for each in answer["kvs"]}
    return held


def _write(stage: Stage, pairs: Sequence[tuple[str, bytes]]) -> None:
    puts = [{"requestPut": {"key": _packed(key), "value": _packed(value)}} for key, value in pairs]
    _etcd(stage, "txn", {"success": puts})


def _etcd(stage: Stage, command: str, body: Mapping[str, Any]) -> Any:
    request = urllib.request.Request(f"{stage.control_plane.etcd}/v3/kv/{command}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def _packed(value: str | bytes) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def _unpacked(value: str) -> bytes:
    return base64.b64decode(value)
