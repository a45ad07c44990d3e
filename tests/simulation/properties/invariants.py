"""What must hold at every moment, looked at when a request leaves, when it takes effect, and after every write.

The numbers are those of docs/properties.md. Here are P3 never more groups than wanted plus surge, P4 and P10 to P14 as
far as they are about single writes, P20, and the fences: no PUT without the object and its `requestedAt`, none on a
group that exists; no DELETE of a wanted group. Others have modules of their own: `ownership.py` P5 and P7,
`addresses.py` P9, `honesty.py` and `evidence.py` P11, `limits.py` P12, `leading.py` P16, `replicas.py` P19, `zones.py`
the zones, `heals.py` the limit on heals. What P3 allows is said by `room.py`.
Violations are collected, not raised: an exception here would be taken for a failure of the API server.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from aci_emulator.arm.machine import Arm
from aci_emulator.front.entra import invalid
from aci_emulator.life.model import Group
from aci_emulator.wire import Request, Response
from aci_operator.api import keys
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, SERVICES, Manifest

from tests.model.manifests import deleting, finalizers
from tests.model.objects import Change, Place
from tests.model.server import ApiServer
from tests.simulation.properties.addresses import Addresses
from tests.simulation.properties.departures import ONE_PASS, Departures, service_uid_of
from tests.simulation.properties.evidence import Evidence
from tests.simulation.properties.heals import Heals
from tests.simulation.properties.honesty import Complaint, complaints, tells_a_secret
from tests.simulation.properties.leading import Leading
from tests.simulation.properties.limits import Limits
from tests.simulation.properties.ownership import Ownership
from tests.simulation.properties.pace import Pace
from tests.simulation.properties.replicas import Replicas, ailing, falters, is_true, state
from tests.simulation.properties.room import Room
from tests.simulation.properties.serving import Serving
from tests.simulation.properties.zones import Zones

GHOST_WINDOW = timedelta(seconds=30)
MOST_WRITES = 60
"""In a minute, to one object. The shortest pause of a healthy operator is 1 s."""

MOST_PASSES = 150
"""In a minute, over one object. One that waits for the first answer of a budget is looked at twice a second."""

FEW = 4
"""Each replica that a service has beyond these wakes it as well: so many more passes may be made over it."""

_GROUP = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.containerinstance/containergroups/(?P<name>[^/]+)"
    r"(/(start|stop|restart))?"
)
_READS = re.compile(r"/subscriptions/(?P<subscription>[^/]+)/(.*/)?(containergroups(/[^/]+)?|usages)")
_NEVER = datetime.min.replace(tzinfo=UTC)
_ID = re.compile(rb'"id": ?"([^"]+)"')
"""Every id in an answer, those of groups among them: to read a LIST of thousands takes long."""

Look = Callable[[Request, datetime], None]


class WatchedArm(Arm):
    """The emulator's machine, with a look at each request before and after its effect, if it is admitted at all."""

    admits: Callable[[Request], bool] = staticmethod(lambda _request: True)
    before: Look = staticmethod(lambda _request, _now: None)
    after: Look = staticmethod(lambda _request, _now: None)

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        if not self.admits(request):
            return self.refused(request, invalid(self.settings.tenant), now)
        self.before(request, now)
        response = super().handle(request, now)
        self.after(request, now)
        return response


class Invariants:
    """Looks at everything.

    Attributes:
        operators: The names whose writes are looked at.
    """

    def __init__(self, cluster: ApiServer, arm: WatchedArm) -> None:
        self.operators: set[str] = set()
        self.violations: list[str] = []
        self._cluster = cluster
        self._arm = arm
        self._objects: dict[str, dict[Place, Manifest]] = {}
        self._statuses: dict[str, Manifest] = {}
        self._made: dict[str, datetime] = {}
        self._shown: set[str] = set()
        self._before_put: set[str] = set()
        self._contested_until, self._holders = _NEVER, set[str]()
        self._unready_since: dict[str, datetime] = {}
        self._departures = Departures()
        self._serving, self._replicas = Serving(), Replicas(cluster, self._departures)
        self._leading, self._evidence = Leading(), Evidence()
        self._addresses, self._limits = Addresses(arm.cloud.store), Limits(arm.cloud.settings)
        self._ownership = Ownership(cluster, arm.cloud.store)
        self._zones, self._room = Zones(cluster, self._departures), Room()
        self._heals = Heals()
        self._present: dict[str, set[str]] = {}
        self._most_replicas: dict[str, int] = {}
        self._skews: dict[str, float] = {}
        self._writes, self._passes = Pace(MOST_WRITES), Pace(MOST_PASSES)
        arm.before, arm.after = self._before, self._after
        cluster.objects.listeners.append(self._changed)

    @property
    def cluster_id(self) -> str:
        """The uid of kube-system."""
        uid: str = self._cluster.objects.get(Place(NAMESPACES, "", "kube-system"))["metadata"]["uid"]
        return uid

    def converged(self, now: datetime) -> None:
        """Say that nothing moves: from now on only what is wanted now is allowed, and no IP may be stale."""
        self._room.converged()
        self._all(self._addresses.at_rest(self._cluster.objects.everything().values(), now), now)
        self._all(self._zones.at_rest(), now)

    def started(self, operator: str, skew: float = 0.0) -> None:
        """Say that a process begins, by how much its clock is ahead; what Azure told the last one it cannot know."""
        self.operators.add(operator)
        self._skews[operator] = skew
        self._heals.started(skew)
        self._limits.started(operator)

    def resumed(self, operator: str, now: datetime) -> None:
        """Say that a process goes on after a pause."""
        self._leading.resumed(operator, now)

    def contested(self, until: datetime, holder: str) -> None:
        """Say that the Lease of a `holder` is gone: until it sees that, another may hold a new one beside it.

        What both write and look at until then does not count for how fast somebody is.
        """
        self._contested_until, self._holders = until, {holder}

    def _contested(self, now: datetime) -> bool:
        return now < self._contested_until and len(self._holders) > 1

    def at_rest(self, now: datetime) -> None:
        """Say that everything is over: P4, what operators made in Azure and is tagged as ours has its object."""
        uids = self._cluster.objects.uids()
        for group in self._arm.cloud.store.groups(now):
            tags = group.tags or {}
            if group.key in self._made and tags.get(keys.TAG_CLUSTER) == self.cluster_id:
                self._hold(tags.get(keys.TAG_UID) in uids, now, "P4", f"{group.name} belongs to nobody")

    def answered(self, request: Request, answer: Response, now: datetime) -> None:
        """An operator sees an answer."""
        name, operator = _name_of(request), request.principal or ""
        if name is not None and answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
            self._shown |= {found.decode().lower() for found in _ID.findall(answer.body)}
        if name is not None and request.method == "GET":
            self._evidence.read(name, answer, now + timedelta(seconds=self._skews.get(operator, 0.0)))
        self._limits.answered(request, self._kind(request), answer, now)
        manifest = self._object(name or "")
        if request.method == "PUT" and answer.status >= HTTPStatus.BAD_REQUEST and manifest is not None:
            self._zones.refused(manifest["spec"]["location"])

    def passed(self, operator: str, kind: str, key: Hashable, now: datetime) -> None:
        """An operator begins a pass over an object."""
        more = MOST_WRITES * max(self._most_replicas.get(str(key), 0) - FEW, 0) if kind == "aciservice" else 0
        hasty = not self._contested(now) and self._passes.too_fast((operator, kind, key), now, more)
        self._hold(
            not hasty, now, "P13", f"{operator} made more than {MOST_PASSES} passes in a minute over {kind} {key}"
        )

    def sent(self, request: Request, now: datetime) -> None:
        """A request leaves an operator."""
        name, kind = _name_of(request), self._kind(request)
        self._all(self._limits.early(request, kind, now), now)
        if name is None or request.principal not in self.operators:
            return
        self._all(self._limits.many(request, kind, name, now), now)
        manifest = self._object(name)
        if request.method != "GET":
            self._all(self._leading.wrote(request.principal, f"{request.method} {name}", now, sent=True), now)
        if request.method == "PUT":
            self._hold(manifest is not None, now, "fence", f"PUT {name} without its object")
            if manifest is not None:
                self._hold(not deleting(manifest), now, "fence", f"PUT {name}, whose object is being deleted")
                guarded = keys.FINALIZER in finalizers(manifest)
                self._hold(guarded, now, "fence", f"PUT {name}, whose object has no finalizer")
                asked = manifest.get("status", {}).get("requestedAt")
                self._hold(bool(asked), now, "fence", f"PUT {name} before requestedAt was recorded")
        if request.method == "DELETE" and manifest is not None:
            self._hold(deleting(manifest), now, "fence", f"DELETE {name}, which is wanted")

    def _before(self, request: Request, now: datetime) -> None:
        name = _name_of(request)
        if name is not None and request.principal not in self.operators and request.method == "PATCH":
            self._ownership.retagged(request.path, now)
        if name is None or request.principal not in self.operators or request.method == "GET":
            return
        group = self._arm.cloud.store.get(request.path.lower(), now)
        self._before_put = set() if group is None else {group.key}
        if group is None:
            return
        self._hold(request.method != "PUT", now, "one PUT", f"PUT {name}, which exists")
        self._all(self._ownership.written(request, group, self._object(name), self.cluster_id, now), now)

    def _after(self, request: Request, now: datetime) -> None:
        self._addresses.look(now)
        name = _name_of(request)
        group = self._arm.cloud.store.get(request.path.lower(), now) if name else None
        lag = timedelta(seconds=self._arm.cloud.settings.read_lag + request.stale)
        shown = self._arm.cloud.store.as_of(request.path.lower(), now - lag)
        if shown is not None:  # it may have had, and lost, an IP while nobody asked for anything
            self._addresses.see([shown], now)
        if group is None and request.path.lower().endswith("/containergroups"):
            scope = request.path.lower().partition("/providers/")[0]
            self._addresses.see(self._arm.cloud.store.groups(now, scope), now)
        if group is None:
            return
        self._addresses.see([group], now)
        if request.method != "PUT":
            return
        tags = group.tags or {}
        if request.principal in self.operators and group.key not in self._before_put:
            by_a_person = keys.TAG_SERVICE not in tags  # who may give a name again
            again = not (by_a_person or self._may_make(group.key, now))
            self._hold(not again, now, "names", f"{name} was made a second time")
            self._made.setdefault(group.key, now)
        service = (tags.get(keys.TAG_NAMESPACE, ""), tags.get(keys.TAG_SERVICE, ""))
        if not service[1] or request.principal not in self.operators:
            return
        allowed = self._room.allowed(service, self._born(name, now))
        if self._arm.cloud.store.census.alive[keys.TAG_SERVICE, service[1]] <= allowed:
            return  # with those of other namespaces
        alive = sum(1 for other in self._arm.cloud.store.stored() if self._serves(other, service))
        self._hold(alive <= allowed, now, "P3", f"{alive} groups of {service[1]}, {allowed} allowed")

    def _may_make(self, key: str, now: datetime) -> bool:
        """Never made, or made and ended by somebody else before a look at it alone showed it, and missing for long."""
        return key not in self._made or (key not in self._shown and now - self._made[key] >= GHOST_WINDOW)

    def _changed(self, change: Change) -> None:
        manifest, resource = change.manifest, change.place.resource
        if resource == SERVICES:
            self._room.wants(manifest, change.at)
            self._serving.wants(manifest, change.at)
            self._replicas.heard(manifest, change.at)
            self._zones.heard(manifest, change.at)
        if resource == LEASES and change.type != "DELETED":
            self._leading.renewed(self._cluster.acting, manifest, change.at)
            self._holders.add(manifest["spec"].get("holderIdentity") or self._cluster.acting)
        if resource in (SERVICES, GROUPS, EVENTS) and self._cluster.acting in self.operators:
            self._hold(not tells_a_secret(manifest), change.at, "P14", f"{change.place.name} tells a secret")
        if resource not in (SERVICES, GROUPS, EVENTS):
            return
        uid: str = manifest["metadata"]["uid"]
        if self._cluster.acting in self.operators:
            hasty = not self._contested(change.at) and self._writes.too_fast(uid, change.at)
            words = f"{change.place.name} was written more than {MOST_WRITES} times in a minute"
            self._hold(not hasty, change.at, "P13", words)
        if resource == EVENTS:
            return
        if resource == GROUPS:
            self._place(change)
            by_others = self._cluster.acting not in self.operators
            self._departures.told(change, by_others=by_others)
            self._zones.told(change, by_others=by_others)
            self._count(change)
            self._addresses.told(manifest, change.at, gone=change.type == "DELETED")
        before = self._statuses.get(uid, {})
        self._statuses[uid] = manifest
        if before and is_true(before, "Ready") and not is_true(manifest, "Ready"):
            self._unready_since[uid] = change.at
        self._replicas.told(manifest)
        self._heals.told(manifest, change.at, gone=change.type == "DELETED")
        if self._cluster.acting in self.operators:
            what = f"{change.type} {change.place.name}"
            self._all(self._leading.wrote(self._cluster.acting, what, change.at, sent=False), change.at)
            if change.type != "DELETED":
                self._honest(manifest, before, change.at)
            if resource == GROUPS and change.type == "ADDED" and not self._contested(change.at):
                self._all(self._replicas.born(manifest, change.at), change.at)
                self._all(self._zones.born(manifest, change.at), change.at)
            if resource == GROUPS and deleting(manifest) and before and not deleting(before):
                self._spared(manifest, before, change.at)
                self._all(self._replicas.ended(manifest, before, change.at), change.at)
                self._all(self._heals.ended(manifest, before, change.at), change.at)
                guarded = self._cluster.record.last.guarded
                self._hold(guarded, change.at, "fence", f"{change.place.name} is deleted whatever it is by now")
            if resource == GROUPS and (change.type == "DELETED" or keys.FINALIZER not in finalizers(manifest)):
                self._all(self._ownership.freed(manifest, before, self.cluster_id, change.at), change.at)

    def _honest(self, manifest: Manifest, before: Manifest, now: datetime) -> None:
        name, status = manifest["metadata"]["name"], manifest.get("status", {})
        observed = status.get("observedGeneration", -1)
        earlier = before.get("status", {}).get("observedGeneration", -1)
        self._hold(observed >= earlier, now, "P10", f"{name}: observedGeneration went from {earlier} to {observed}")
        generation = manifest["metadata"]["generation"]
        self._hold(observed <= generation, now, "P10", f"{name}: observedGeneration {observed} > {generation}")
        true = {c["type"] for c in status.get("conditions", ()) if c["status"] == "True"}
        self._hold(not {"Reconciling", "Stalled"} <= true, now, "P11", f"{name} is Reconciling and Stalled")
        self._hold("Ready" not in true or not {"Reconciling", "Stalled"} & true, now, "P11", f"{name} is {true}")
        self._all(complaints(manifest, before), now)
        if manifest["kind"] == GROUPS.kind:
            self._all(self._evidence.judged(manifest, before), now)
        self._all(self._addresses.written(manifest, before, now, sent=self._cluster.record.last.sent), now)

    def _place(self, change: Change) -> None:
        named = self._objects.setdefault(change.place.name, {})
        if change.type != "DELETED":
            named[change.place] = change.manifest
        elif named.pop(change.place, None) and not named:
            del self._objects[change.place.name]

    def _count(self, change: Change) -> None:
        """Note the most replicas that a service has had at once."""
        name = change.manifest["metadata"].get("labels", {}).get(keys.LABEL_SERVICE, "")
        service = f"{change.place.namespace}/{name}"
        present = self._present.setdefault(service, set())
        (present.discard if change.type == "DELETED" else present.add)(change.place.name)
        self._most_replicas[service] = max(self._most_replicas.get(service, 0), len(present))

    def _spared(self, manifest: Manifest, before: Manifest, now: datetime) -> None:
        """An operator ends a replica that was available, or serves at times: enough that are ready must be left.

        One that has done its work counts as one of these, and one that was ready when the pass began.
        """
        service = manifest["metadata"].get("labels", {}).get(keys.LABEL_SERVICE)
        ails = ailing(before)
        if service is None or not (is_true(before, "Available") or ails):
            return
        namespace = manifest["metadata"]["namespace"]
        there = [
            other
            for place, other in self._cluster.objects.everything().items()
            if place.resource == GROUPS
            and place.namespace == namespace
            and other["metadata"].get("labels", {}).get(keys.LABEL_SERVICE) == service
            and not deleting(other)
        ]
        sent = self._cluster.record.last.sent
        there += self._departures.recent(service_uid_of(manifest), sent)
        left = sum(
            1
            for other in there
            if is_true(other, "Ready")
            or state(other) == "Succeeded"
            or (ails and falters(other))
            or self._unready_since.get(other["metadata"]["uid"], _NEVER) >= sent - ONE_PASS
        )
        needed = self._serving.needed((namespace, service), now)
        words = f"{manifest['metadata']['name']} is ended, which leaves {left} of {service} ready; {needed} are needed"
        self._hold(left >= needed, now, "P20", words)

    def _kind(self, request: Request) -> str:
        """Return what a Retry-After holds back: writes of one kind in a region, or all reads in a subscription.

        Reads of anything else, as of a resource group, hold back only their like.
        """
        if request.method == "GET":
            found = _READS.fullmatch(request.path.lower())
            return f"GET {found['subscription']}" if found else request.path.lower()
        manifest = self._object(_name_of(request) or "")
        spec = manifest["spec"] if manifest else {"subscriptionId": "", "location": ""}
        return f"{request.method} {spec['subscriptionId']} {spec['location']}"

    def _serves(self, group: Group, service: tuple[str, str]) -> bool:
        """Tell whether a group is of a service, by the tags that we know to be ours.

        One that was let go while somebody had its tags, and then got them back, is for the next of its service to find.
        """
        if self._ownership.was_retagged(group.key) and self._object(group.name) is None:
            return False
        tags = group.tags or {}
        ours = tags.get(keys.TAG_CLUSTER) == self.cluster_id and tags.get(keys.TAG_UID) in self._statuses
        return ours and (tags.get(keys.TAG_NAMESPACE), tags.get(keys.TAG_SERVICE)) == service

    def _object(self, name: str) -> Manifest | None:
        return next(iter(self._objects.get(name, {}).values()), None)

    def _born(self, name: str | None, now: datetime) -> datetime:
        """Return when the object of a group was made; of what has none, as if it were now."""
        manifest = self._object(name or "")
        return now if manifest is None else datetime.fromisoformat(manifest["metadata"]["creationTimestamp"])

    def _all(self, complaints: Iterable[Complaint], now: datetime) -> None:
        for rule, words in complaints:
            self._hold(False, now, rule, words)

    def _hold(self, holds: bool, now: datetime, rule: str, words: str) -> None:
        if not holds:
            self.violations.append(f"{now:%H:%M:%S.%f} {rule}: {words}")


def _name_of(request: Request) -> str | None:
    found = _GROUP.fullmatch(request.path.lower())
    return found["name"] if found else None
