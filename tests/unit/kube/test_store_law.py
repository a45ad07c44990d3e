"""Whatever order the news comes in, the store ends with the truth."""

from dataclasses import dataclass, field

from aci_operator.engine.ports import Key
from aci_operator.kube.api import REVISIONS, EventType, Listing, Manifest
from aci_operator.kube.store import Store
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tried

NAMES = ("a", "b")


@dataclass
class History:
    """What really happened to a few names, one version after the other."""

    events: list[tuple[EventType, Manifest]] = field(default_factory=list)
    states: list[dict[str, Manifest]] = field(default_factory=lambda: [{}])

    def happen(self, name: str, *, delete: bool) -> None:
        version = len(self.states)
        present = self.states[-1].get(name)
        uid = present["metadata"]["uid"] if present else f"{name}{version}"
        manifest = {
            "metadata": {"namespace": "n", "name": name, "uid": uid, "resourceVersion": str(version)},
            "revision": version,
            "data": None,
        }
        after = dict(self.states[-1])
        if present and delete:
            del after[name]
        else:
            after[name] = manifest
        self.events.append(("DELETED" if present and delete else "MODIFIED" if present else "ADDED", manifest))
        self.states.append(after)

    def listing(self, version: int) -> Listing:
        return Listing(list(self.states[version].values()), str(version))


def build(steps: list[tuple[str, bool]]) -> History:
    history = History()
    for name, delete in steps:
        history.happen(name, delete=delete)
    return history


def content(store: Store) -> dict[str, tuple[str, int]]:
    held = [store.held(REVISIONS, Key("n", name)) for name in NAMES]
    return {it.key.name: (it.uid, it.version) for it in held if it}


def truth(history: History) -> dict[str, tuple[str, int]]:
    return {
        name: (manifest["metadata"]["uid"], int(manifest["metadata"]["resourceVersion"]))
        for name, manifest in history.states[-1].items()
    }


histories = st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), min_size=1, max_size=12).map(build)


@tried(400)
@given(histories, st.data())
def test_all_events_in_any_order_with_repetitions(history: History, data: st.DataObject) -> None:
    store = Store()
    repeated = data.draw(st.lists(st.sampled_from(history.events), max_size=8))
    for event, manifest in data.draw(st.permutations(history.events + repeated)):
        store.observe(REVISIONS, event, manifest)
    assert content(store) == truth(history)


@tried(400)
@given(histories, st.data())
def test_any_events_lists_and_404s_with_a_last_list(history: History, data: st.DataObject) -> None:
    """Each LIST shows a moment between its beginning and its end; in between anything late or early may come."""
    store = Store()
    last = len(history.states) - 1
    at = 0
    ended: set[str] = set()

    def news(until: int) -> None:
        possible = history.events[:until]
        chosen = data.draw(st.lists(st.sampled_from(possible), max_size=6)) if possible else []
        for event, manifest in chosen:
            store.observe(REVISIONS, event, manifest)
            if event == "DELETED":
                ended.add(manifest["metadata"]["uid"])
        assert not ended.intersection(uid for uid, _ in content(store).values())

    def not_found(now: int) -> None:
        """A GET of a moment that is between what was held before and now."""
        key = Key("n", data.draw(st.sampled_from(NAMES)))
        held = store.held(REVISIONS, key)
        if held and key.name not in history.states[now] and held.version <= now:
            store.gone(REVISIONS, key, held.uid, held.version)
            ended.add(held.uid)

    for _ in range(data.draw(st.integers(0, 4))):
        began = data.draw(st.integers(at, last))
        shows = data.draw(st.integers(began, last))
        at = data.draw(st.integers(shows, last))
        news(began)
        since = store.newest(REVISIONS)
        news(at)
        not_found(at)
        store.replace_all(REVISIONS, history.listing(shows), since=since)
        news(at)
    since = store.newest(REVISIONS)
    store.replace_all(REVISIONS, history.listing(last), since=since)
    news(last)
    assert content(store) == truth(history)
