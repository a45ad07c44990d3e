"""The scenarios: a world at rest, an act, and an end that it comes to whatever one thing goes wrong."""

from typing import Final

from tests.campaign import acts
from tests.campaign.acts import BOTH, V1, V2, V3, ZONED, Scenario, Service, service
from tests.campaign.mistakes import MISTAKES
from tests.model import samples

FULL: Final = {"capacity": [{"location": samples.LOCATION, "cores": 1.0}]}
BUSY: Final = {"budget_5m": 2}

ORDINARY: Final[tuple[Scenario, ...]] = (
    Scenario("first start", acts.start_and(service(1)), {"s": Service(1)}, operators=()),
    Scenario("start of the operator", acts.start, {"s": Service(2)}, (service(2),), operators=()),
    Scenario("create", acts.apply(service(2)), {"s": Service(2)}),
    Scenario("scale up", acts.scale(3), {"s": Service(3)}, (service(1),)),
    Scenario("scale down", acts.scale(1), {"s": Service(1)}, (service(3),)),
    Scenario("to 0", acts.scale(0), {"s": Service(0)}, (service(2),)),
    Scenario("from 0", acts.scale(2), {"s": Service(2)}, (service(0),)),
    Scenario("change of the template", acts.roll_to(V2), {"s": Service(2, V2)}, (service(2),)),
    Scenario(
        "change during a scale",
        acts.row(acts.scale(3), acts.roll_to(V2), between=2.0),
        {"s": Service(3, V2)},
        (service(2),),
    ),
    Scenario(
        "change during a rollout",
        acts.row(acts.roll_to(V2), acts.roll_to(V3), between=12.0),
        {"s": Service(2, V3)},
        (service(2),),
    ),
    Scenario(
        "change back", acts.row(acts.roll_to(V2), acts.roll_to(V1), between=12.0), {"s": Service(2)}, (service(2),)
    ),
    Scenario("delete", acts.delete, begin=(service(2),)),
    Scenario("delete while creating", acts.row(acts.apply(service(2)), acts.delete, between=6.0)),
    Scenario(
        "recreate under the same name",
        acts.row(acts.delete, acts.gone, acts.apply(service(1)), between=0.0),
        {"s": Service(1)},
        (service(2),),
    ),
    Scenario("two operators", acts.replace_leader, {"s": Service(3)}, operators=("one", "two")),
    Scenario(
        "flapping replicas",
        acts.row(*(acts.scale(n) for n in (3, 1, 2, 0, 2)), between=11.0),
        {"s": Service(2)},
        (service(2),),
    ),
    Scenario(
        "many services, short budget",
        acts.apply(*(service(1, name) for name in "abcd")),
        {name: Service(1) for name in "abcd"},
        settings=BUSY,
    ),
    Scenario("Recreate", acts.roll_to(V2), {"s": Service(2, V2)}, (service(2, strategy={"type": "Recreate"}),)),
    Scenario(
        "wide and without canary",
        acts.roll_to(V2),
        {"s": Service(3, V2)},
        (service(3, strategy={"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 1, "canary": 0}}),),
    ),
    Scenario("minReadySeconds", acts.roll_to(V2), {"s": Service(2, V2)}, (service(2, minReadySeconds=15),)),
    Scenario(
        "paused and resumed",
        acts.row(acts.roll_to(V2), acts.change(paused=True), acts.change(paused=False), between=15.0),
        {"s": Service(2, V2)},
        (service(2),),
    ),
    Scenario("minReadySeconds handed down", acts.change(minReadySeconds=3), {"s": Service(2)}, (service(2),)),
    Scenario(
        "no history",
        acts.roll_to(V3),
        {"s": Service(1, V3)},
        (service(1, revisionHistoryLimit=0),),
    ),
    Scenario("no room at first", acts.make_room, {"s": Service(2)}, settings=FULL, anywhere=True),
    Scenario(
        "zones",
        acts.row(acts.scale(4), acts.scale(2), between=45.0),
        {"s": Service(2)},
        (service(1, placements=ZONED),),
    ),
    Scenario("a place taken out", acts.change(placements=BOTH[1:]), {"s": Service(2)}, (service(2, placements=BOTH),)),
    Scenario("removed by hand", acts.harm(lambda w, name: w.portal.remove(name)), {"s": Service(2)}, (service(2),)),
    Scenario(
        "killed",
        acts.harm(lambda w, name: w.portal.kill(name)),
        {"s": Service(2)},
        (service(2),),
    ),
    Scenario("stopped by hand", acts.stop, {"s": Service(2)}, (service(2),)),
    Scenario("tags lost", acts.lose_tags, {"s": Service(2)}, (service(2, tags={"team": "blue"}),)),
    Scenario("deleted as Orphan", acts.delete, begin=(service(2, deletionPolicy="Orphan"),)),
    Scenario(
        "rolled and scaled down as Orphan",
        acts.row(acts.roll_to(V2), acts.rolled, acts.scale(1), acts.alone_in_azure, between=0.0),
        {"s": Service(1, V2)},
        (service(2, deletionPolicy="Orphan"),),
    ),
    Scenario("taken over from objects", acts.orphan_objects, {"s": Service(2)}, (service(2),)),
    Scenario("restored from a backup", acts.restore, {"s": Service(2)}, (service(2),), operators=()),
    Scenario("left as garbage", acts.forget, begin=(service(2),), operators=()),
    Scenario(
        "resource group made",
        acts.apply(service(1, resourceGroup="other", resourceGroupPolicy="CreateIfMissing")),
        {"s": Service(1)},
    ),
)
SCENARIOS: Final = (*ORDINARY, *MISTAKES)
SWEPT: Final = tuple(scenario for scenario in SCENARIOS if scenario.swept)
BY_NAME: Final = {scenario.name: scenario for scenario in SCENARIOS}
