"""Pure functions on manifests: merge-patches, label selectors, what counts as the spec."""

from typing import Any, TypeVar, cast

from aci_operator.kube.api import Manifest

Json = TypeVar("Json")

NOT_SPEC = frozenset({"apiVersion", "kind", "metadata", "status"})


def copied(value: Json) -> Json:
    """Copy what JSON is made of, several times faster than `copy.deepcopy`."""
    match value:
        case dict():
            return cast("Json", {key: copied(item) for key, item in value.items()})
        case list():
            return cast("Json", [copied(item) for item in value])
        case _:
            return value


def merged(target: Any, patch: Any) -> Any:
    """Apply a JSON merge-patch (RFC 7386): null removes, maps merge, everything else replaces."""
    if not isinstance(patch, dict):
        return copied(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def spec_of(manifest: Manifest) -> Manifest:
    """Return what a change of raises the generation: everything but metadata and status."""
    return {key: value for key, value in manifest.items() if key not in NOT_SPEC}


def selects(selector: str, labels: dict[str, str]) -> bool:
    """Tell whether a label selector of `a=b`, `a!=b`, `a` and `!a` matches."""
    return all(_holds(term.strip(), labels) for term in selector.split(",") if term.strip())


def _holds(term: str, labels: dict[str, str]) -> bool:
    if any(sign in term for sign in "()<>"):
        raise ValueError(f"the model knows equality and existence only, not {term!r}")
    name, unequal, value = term.partition("!=")
    if unequal:
        return labels.get(name.strip()) != value.strip()
    name, equal, value = term.partition("=")
    if equal:
        return labels.get(name.strip()) == value.removeprefix("=").strip()
    if term.startswith("!"):
        return term[1:].strip() not in labels
    return term in labels


def pruned_metadata(metadata: Manifest) -> Manifest:
    """Leave out empty fields, as the API server's own type does when it writes them."""
    return {key: value for key, value in metadata.items() if value not in (None, "", [], {})}


def finalizers(manifest: Manifest) -> list[str]:
    """Return the finalizers."""
    return list(manifest["metadata"].get("finalizers", ()))


def owners(manifest: Manifest) -> list[Manifest]:
    """Return the owner references."""
    return list(manifest["metadata"].get("ownerReferences", ()))


def deleting(manifest: Manifest) -> bool:
    """Tell whether the object is on its way out."""
    return "deletionTimestamp" in manifest["metadata"]
