"""What must hold at every moment, looked at when a request leaves, when it takes effect, and after every write.

The numbers are those of the list of properties in `docs`: P3 never more groups than wanted plus surge, P5 no write on
what is not ours, P7 the finalizer goes last, P9 no IP of a group that is gone, P10 and P11 honest conditions (most of
them in `honesty.py`), P13 nothing in a loop without a pause, P14 no secret told. And the fences: no PUT without the
object and its `requestedAt`, none on a group that exists; no DELETE of a wanted group.
Violations are collected, not raised: an exception here would be taken for a failure of the API server.
"""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from aci_emulator.arm.machine import Arm
from aci_emulator.life.model import Group
from aci_emulator.wire import Request, Response
from aci_operator.api import keys
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, SERVICES, Manifest

from tests.model.manifests import deleting, finalizers, owners
from tests.model.objects import Change, Place
from tests.model.server import ApiServer
from tests.simulation.evidence import Evidence, others_tags, sent_tags
from tests.simulation.honesty import Complaint, complaints, tells_a_secret
from tests.simulation.leading import Leading
from tests.simulation.pace import Pace
from tests.simulation.replicas import Replicas, ailing, is_true, state
from tests.simulation.serving import Serving

STALE = timedelta(seconds=180)
"""So long an IP may still be written after its group has lost it: a Lease of 60 s runs out, and a health turn comes."""
GHOST_WINDOW = timedelta(seconds=30)
UNSEEN = timedelta(seconds=21)
"""So long after somebody changed a group's tags a write may still go by the old ones, as Azure has no precondition.

A read lags by up to 15 s in random lives, and counts for 5.
"""

MOST_WRITES = 60
MOST_REQUESTS = 60
"""In a minute, about one object, and about one group in Azure. The shortest pause of a healthy operator is 1 s."""

LARGE = 500
"""Of more container groups only those are looked at that a request is about."""

BUDGETS = ((100, timedelta(minutes=5), "100 in 5 minutes"), (300, timedelta(hours=1), "300 in an hour"))
"""What Azure allows of creates, and of deletes, in each region."""

_GROUP = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.containerinstance/containergroups/(?P<name>[^/]+)"
    r"(/(start|stop|restart))?"
)
Look = Callable[[Request, datetime], None]


class WatchedArm(Arm):
    """The emulator's machine, with a look at each request before and after its effect."""

    before: Look = staticmethod(lambda _request, _now: None)
    after: Look = staticmethod(lambda _request, _now: None)

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
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
        self._allowed: dict[tuple[str, str], int] = {}
        self._last_seen: dict[str, datetime] = {}
        self._lists: dict[str, bytes] = {}
        self._objects: dict[str, dict[Place, Manifest]] = {}
        self._statuses: dict[str, Manifest] = {}
        self._made: dict[str, datetime] = {}
        self._shown: set[str] = set()
        self._before_put: set[str] = set()
        self._retagged: dict[str, datetime] = {}
        self._silent: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self._contested_until = datetime.min.replace(tzinfo=UTC)
        self._serving, self._replicas = Serving(), Replicas(cluster)
        self._leading, self._evidence = Leading(), Evidence()
        self._skews: dict[str, float] = {}
        self._creates = [(Pace(most, span), words) for most, span, words in BUDGETS]
        self._writes, self._requests = Pace(MOST_WRITES), Pace(MOST_REQUESTS)
        arm.before, arm.after = self._before, self._after
        cluster.objects.listeners.append(self._changed)

    @property
    def cluster_id(self) -> str:
        """The uid of kube-system."""
        uid: str = self._cluster.objects.get(Place(NAMESPACES, "", "kube-system"))["metadata"]["uid"]
        return uid

    def converged(self, now: datetime) -> None:
        """Say that nothing moves: from now on only what is wanted now is allowed, and no IP may be stale."""
        self._allowed = {}
        alive = {group.ip for group in self._arm.cloud.store.groups(now) if group.ip}
        for place, manifest in self._cluster.objects.everything().items():
            if place.resource == SERVICES:
                self._allow(manifest)
            for ip in _ips(manifest):
                self._hold(ip in alive, now, "P9", f"{place.name} still shows {ip}, which no group has")

    def started(self, operator: str, skew: float = 0.0) -> None:
        """Say that a process begins, by how much its clock is ahead; what Azure told the last one it cannot know."""
        self.operators.add(operator)
        self._skews[operator] = skew
        self._silent = {held: until for held, until in self._silent.items() if held[0] != operator}

    def resumed(self, operator: str, now: datetime) -> None:
        """Say that a process goes on after a pause."""
        self._leading.resumed(operator, now)

    def contested(self, until: datetime) -> None:
        """Say that two operators may both hold the Lease: until they see it, each writes over the other's statuses."""
        self._contested_until = until

    def at_rest(self, now: datetime) -> None:
        """Say that everything is over: P4, what operators made in Azure and is tagged as ours has its object."""
        uids = self._cluster.objects.uids()
        for group in self._arm.cloud.store.groups(now):
            tags = group.tags or {}
            if group.key in self._made and tags.get(keys.TAG_CLUSTER) == self.cluster_id:
                self._hold(tags.get(keys.TAG_UID) in uids, now, "P4", f"{group.name} belongs to nobody")

    def answered(self, request: Request, answer: Response, now: datetime) -> None:
        """An operator sees an answer: with Retry-After, nothing of the kind may follow before."""
        known = answer.body == self._lists.get(request.path)
        if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED} and not known and (document := answer.document):
            self._shown |= {item["id"].lower() for item in document.get("value", [document]) if "id" in item}
            if "value" in document:
                self._lists[request.path] = answer.body
        name, operator = _name_of(request), request.principal or ""
        if name is not None and request.method == "GET":
            self._evidence.read(name, answer, now + timedelta(seconds=self._skews.get(operator, 0.0)))
        after = answer.headers.get("Retry-After")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS and after is not None:
            until = now + timedelta(seconds=float(after))
            self._silent[request.principal or "", self._kind(request)] = (now, until)

    def sent(self, request: Request, now: datetime) -> None:
        """A request leaves an operator."""
        name = _name_of(request)
        told, until = self._silent.get((request.principal or "", self._kind(request)), (now, now))
        goes_on = "$skiptoken" in request.url  # the next page of a LIST that Azure has begun to answer
        early = told < now < until and not goes_on  # not at the very moment of the answer
        self._hold(not early, now, "P12", f"{request.method} {request.path} before the Retry-After of {until}")
        if name is None or request.principal not in self.operators:
            return
        hasty = self._requests.too_fast((request.principal, request.method, name), now)
        self._hold(not hasty, now, "P13", f"{request.method} {name} more than {MOST_REQUESTS} times in a minute")
        manifest = self._object(name)
        if request.method != "GET":
            self._all(self._leading.wrote(request.principal, f"{request.method} {name}", now, sent=True), now)
        if request.method in {"PUT", "DELETE"}:
            place = (request.principal, self._kind(request))
            for pace, words in self._creates:
                self._hold(not pace.too_fast(place, now), now, "P12", f"more than {words}: {request.method}")
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
            self._retagged[request.path.lower()] = now
        if name is None or request.principal not in self.operators or request.method == "GET":
            return
        group = self._arm.cloud.store.get(request.path.lower(), now)
        self._before_put = set() if group is None else {group.key}
        if group is None:
            return
        tags = group.tags or {}
        self._hold(request.method != "PUT", now, "one PUT", f"PUT {name}, which exists")
        if self._just_retagged(request.path, now):
            return
        again = request.method == "PATCH" and keys.TAG_ORPHANED_FROM in tags  # it does to its orphan what it has done
        ours = tags.get(keys.TAG_CLUSTER) == self.cluster_id or again
        self._hold(ours, now, "P5", f"{request.method} {name}, whose tags are not this cluster's: {tags}")
        present = self._object(name)
        if request.method == "PATCH" and present is not None:
            dropped = others_tags(tags, present, keys.TAG_PREFIX) - sent_tags(request.body)
            self._hold(not dropped, now, "P5", f"PATCH {name} takes off {dropped}, which are not ours")
        if request.method == "DELETE" and present is not None:
            same = tags.get(keys.TAG_UID) == present["metadata"]["uid"]
            self._hold(same, now, "P5", f"DELETE {name}, whose tags carry another uid than its object")

    def _after(self, request: Request, now: datetime) -> None:
        self._see_addresses(now)
        name = _name_of(request)
        group = self._arm.cloud.store.get(request.path.lower(), now) if name else None
        if group is None and request.path.lower().endswith("/containergroups"):
            self._see(self._arm.cloud.store.groups(now, request.path.lower().partition("/providers/")[0]), now)
        if group is None:
            return
        self._see([group], now)
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
        allowed = self._allowed.get(service, 0)
        if self._arm.cloud.store.census.alive[keys.TAG_SERVICE, service[1]] <= allowed:
            return  # with those of other namespaces
        alive = sum(1 for other in self._arm.cloud.store.stored() if self._serves(other, service))
        self._hold(alive <= allowed, now, "P3", f"{alive} groups of {service[1]}, {allowed} allowed")

    def _may_make(self, key: str, now: datetime) -> bool:
        """Never made, or made and ended by somebody else before any answer showed it, and missing long enough."""
        return key not in self._made or (key not in self._shown and now - self._made[key] >= GHOST_WINDOW)

    def _changed(self, change: Change) -> None:
        manifest, resource = change.manifest, change.place.resource
        if resource == SERVICES:
            self._allow(manifest)
            self._serving.wants(manifest, change.at)
            self._replicas.heard(manifest, change.at)
        if resource == LEASES and change.type != "DELETED":
            self._leading.renewed(self._cluster.acting, manifest, change.at)
        if resource in (SERVICES, GROUPS, EVENTS) and self._cluster.acting in self.operators:
            self._hold(not tells_a_secret(manifest), change.at, "P14", f"{change.place.name} tells a secret")
        if resource not in (SERVICES, GROUPS):
            return
        if resource == GROUPS:
            self._place(change)
        uid: str = manifest["metadata"]["uid"]
        before = self._statuses.get(uid, {})
        self._statuses[uid] = manifest
        self._replicas.told(manifest)
        if self._cluster.acting in self.operators:
            what = f"{change.type} {change.place.name}"
            self._all(self._leading.wrote(self._cluster.acting, what, change.at, sent=False), change.at)
            if change.type != "DELETED":
                self._honest(manifest, before, change.at)
            if resource == GROUPS and change.type == "ADDED":
                self._all(self._replicas.born(manifest, change.at), change.at)
            hasty = change.at >= self._contested_until and self._writes.too_fast(uid, change.at)
            words = f"{change.place.name} was written more than {MOST_WRITES} times in a minute"
            self._hold(not hasty, change.at, "P13", words)
            if resource == GROUPS and deleting(manifest) and before and not deleting(before):
                self._spared(manifest, before, change.at)
                self._all(self._replicas.ended(manifest, before, change.at), change.at)
                guarded = self._cluster.record.calls[-1].guarded
                self._hold(guarded, change.at, "fence", f"{change.place.name} is deleted whatever it is by now")
            if resource == GROUPS and (change.type == "DELETED" or keys.FINALIZER not in finalizers(manifest)):
                self._freed(manifest, before, change.at)

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
        self._see_addresses(now)
        for ip in _ips(manifest) - _ips(before):
            seen = self._last_seen.get(ip)
            self._hold(seen is not None and now - seen <= STALE, now, "P9", f"{name} shows {ip}, which no group has")

    def _place(self, change: Change) -> None:
        named = self._objects.setdefault(change.place.name, {})
        if change.type != "DELETED":
            named[change.place] = change.manifest
        elif named.pop(change.place, None) and not named:
            del self._objects[change.place.name]

    def _see_addresses(self, now: datetime) -> None:
        if len(self._arm.cloud.store) <= LARGE:
            self._see(self._arm.cloud.store.groups(now), now)

    def _see(self, groups: Iterable[Group], now: datetime) -> None:
        for group in groups:
            if group.ip:
                self._last_seen[group.ip] = now

    def _spared(self, manifest: Manifest, before: Manifest, now: datetime) -> None:
        """An operator ends a replica that was available, or serves at times: enough that are ready must be left.

        One that has done its work counts as one of these.
        """
        service = manifest["metadata"].get("labels", {}).get(keys.LABEL_SERVICE)
        falters = ailing(before)
        if service is None or not (is_true(before, "Available") or falters):
            return
        namespace = manifest["metadata"]["namespace"]
        left = sum(
            1
            for place, other in self._cluster.objects.everything().items()
            if place.resource == GROUPS
            and place.namespace == namespace
            and other["metadata"].get("labels", {}).get(keys.LABEL_SERVICE) == service
            and (is_true(other, "Ready") or state(other) == "Succeeded" or (falters and ailing(other)))
            and not deleting(other)
        )
        needed = self._serving.needed((namespace, service), now)
        words = f"{manifest['metadata']['name']} is ended, which leaves {left} of {service} ready; {needed} are needed"
        self._hold(left >= needed, now, "P20", words)

    def _freed(self, manifest: Manifest, before: Manifest, now: datetime) -> None:
        if not before or keys.FINALIZER not in finalizers(before):
            return
        uid = manifest["metadata"]["uid"]
        if manifest["metadata"].get("annotations", {}).get(keys.ANNOTATION_ABANDON) == uid:
            return
        if self._superseded(manifest):
            return
        ours = {keys.TAG_UID: uid, keys.TAG_CLUSTER: self.cluster_id}
        # Who gives our tags back at that moment makes an orphan, which the collector finds (P4).
        left = [
            group.name
            for group in self._arm.cloud.store.stored()
            if ours.items() <= (group.tags or {}).items() and not self._just_retagged(group.id, now)
        ]
        self._hold(not left, now, "P7", f"the finalizer of {manifest['metadata']['name']} went, {left} is there")

    def _just_retagged(self, path: str, now: datetime) -> bool:
        retagged = self._retagged.get(path.lower())
        return retagged is not None and now - retagged <= UNSEEN

    def _superseded(self, manifest: Manifest) -> bool:
        """Tell whether its owner is no more and a service of that name is there, which gets its container group."""
        named = [owner for owner in owners(manifest) if owner["kind"] == SERVICES.kind]
        living = {
            p.name: m["metadata"]["uid"]
            for p, m in self._cluster.objects.everything().items()
            if p.resource == SERVICES
        }
        return any(living.get(owner["name"], owner["uid"]) != owner["uid"] for owner in named)

    def _allow(self, manifest: Manifest) -> None:
        service = (manifest["metadata"]["namespace"], manifest["metadata"]["name"])
        replicas: int = manifest["spec"]["replicas"]
        self._allowed[service] = max(self._allowed.get(service, 0), replicas + _surge(manifest, replicas))

    def _kind(self, request: Request) -> str:
        """Return what a Retry-After holds back: writes of one kind in a region, LISTs, or reads of this one group."""
        if request.method == "GET":
            return request.path.lower()
        manifest = self._object(_name_of(request) or "")
        spec = manifest["spec"] if manifest else {"subscriptionId": "", "location": ""}
        return f"{request.method} {spec['subscriptionId']} {spec['location']}"

    def _serves(self, group: Group, service: tuple[str, str]) -> bool:
        """Tell whether a group is of a service, by the tags that we know to be ours."""
        tags = group.tags or {}
        ours = tags.get(keys.TAG_CLUSTER) == self.cluster_id and tags.get(keys.TAG_UID) in self._statuses
        return ours and (tags.get(keys.TAG_NAMESPACE), tags.get(keys.TAG_SERVICE)) == service

    def _object(self, name: str) -> Manifest | None:
        return next(iter(self._objects.get(name, {}).values()), None)

    def _all(self, complaints: Iterable[Complaint], now: datetime) -> None:
        for rule, words in complaints:
            self._hold(False, now, rule, words)

    def _hold(self, holds: bool, now: datetime, rule: str, words: str) -> None:
        if not holds:
            self.violations.append(f"{now:%H:%M:%S.%f} {rule}: {words}")


def _surge(manifest: Manifest, replicas: int) -> int:
    """Return what the strategy of a service allows beyond its replicas: a share is rounded up."""
    strategy = manifest["spec"].get("strategy", {})
    surge = strategy.get("rollingUpdate", {}).get("maxSurge", 1)
    if strategy.get("type") == "Recreate":
        return 0
    return math.ceil(int(surge.rstrip("%")) * replicas / 100) if isinstance(surge, str) else int(surge)


def _name_of(request: Request) -> str | None:
    found = _GROUP.fullmatch(request.path.lower())
    return found["name"] if found else None


def _ips(manifest: Manifest) -> set[str]:
    status = manifest.get("status", {})
    return {*status.get("ips", ()), *([status["ip"]] if status.get("ip") else ())}
