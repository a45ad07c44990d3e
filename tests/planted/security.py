"""Bugs 34 to 36: tenants and secrets.

The CRDs have no reference to a Secret, and the operator has one credential. So bug 34, a namespace that a user can
choose, is planted where a namespace counts here: in the tags that say whose a group is, and in what a service may take
over. And bug 36, a cache whose key says too little, where the operator keeps something for each subscription.
"""

from dataclasses import replace
from typing import Any

from aci_operator.api import keys

from tests.planted.bug import Bug, Plant
from tests.simulation import test_scopes as scopes


def users_tags_win(original: Any, group: Any, *rest: Any) -> dict[str, str]:
    return {**original(group, *rest), **group.spec.tags}


def of_any_namespace(original: Any, groups: Any, service: Any, *rest: Any) -> Any:
    here = {keys.TAG_NAMESPACE: service.metadata.namespace}
    return original([replace(group, tags={**group.tags, **here}) for group in groups], service, *rest)


def untouched(text: str, limit: int = 256) -> str:
    return text[:limit]


def one_for_all(original: Any, clients: Any, subscription_id: str) -> Any:
    return original(clients, next(iter(clients._groups), subscription_id))  # noqa: SLF001


PLANTS = (
    Plant(
        Bug(34, "namespace taken from the user's tags", "aci_operator.engine.effects:group_tags", users_tags_win, True),
        scopes.test_tags_of_the_user_say_nothing_of_whose_a_group_is,
        expects="TAG_NAMESPACE",
    ),
    Plant(
        Bug(34, "groups of any namespace taken over", "aci_operator.engine.services:unclaimed", of_any_namespace, True),
        scopes.test_a_service_takes_over_nothing_of_another_namespace,
        expects="two of its own",
    ),
    Plant(
        Bug(35, "Azure's text told as it came", "aci_operator.azure.errors:redacted", untouched),
        scopes.test_what_azure_writes_of_secrets_is_told_to_nobody,
        expects="P14",
    ),
    Plant(
        Bug(
            36,
            "one client for all subscriptions",
            "aci_operator.azure.clients:Clients.container_groups",
            one_for_all,
            wraps=True,
        ),
        scopes.test_each_subscription_gets_its_own_groups,
        expects="P7",
    ),
)
