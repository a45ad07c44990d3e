"""A run by its name: the same name is the same run, in whichever process and after whichever others.

| name | is |
|---|---|
| `strike | SCENARIO | OPERATOR | CALL | SKIP | MODE` | a scenario with one call that fails |
| `happening | SCENARIO | WHAT | WHEN` | a scenario in which something befalls the world |
| `seed | NUMBER` | a life in which everything is drawn from the number |
| `long | NUMBER` | such a life with 5 to 20 services, which lasts longer than an hour |
| `pair | NUMBER` | a scenario with two calls that fail, drawn by the number |
"""

import random
import time
from collections import Counter

from tests.campaign import branches, sweep
from tests.campaign.draws import long, short
from tests.campaign.lives import lived
from tests.campaign.outcome import Outcome
from tests.campaign.plans import SEPARATOR, Blow, asked
from tests.campaign.scenarios import SWEPT
from tests.campaign.secrecy import listening
from tests.campaign.variants import consulted
from tests.simulation.virtual import on_virtual_time


def perform(run: str) -> Outcome:
    """Run it. What does not hold is told in the outcome, not raised.

    Raises:
        ValueError: There is no such run.
    """
    began = time.process_time()
    taken = Counter[str]()
    with branches.counted(taken), consulted(taken), listening() as ear:
        outcome = _perform(run)
    outcome.hits += taken
    for leak in ear.leaks:
        outcome.failed(leak)
    outcome.cpu = time.process_time() - began
    return outcome


def _perform(run: str) -> Outcome:
    match run.split(SEPARATOR):
        case ["reference", scenario]:
            return sweep.reference(scenario).outcome
        case ["strike", scenario, client, point, skip, mode]:
            return sweep.strike(scenario, [Blow.parse(client, point, skip, mode)], run)
        case ["happening", scenario, what, at]:
            return sweep.happening(scenario, what, float(at), run)
        case ["seed", number]:
            return on_virtual_time(lived(int(number), run, short))
        case ["long", number]:
            return on_virtual_time(lived(int(number), run, long))
        case ["pair", number]:
            return _pair(int(number), run)
        case _:
            raise ValueError(f"no such run: {run}")


def _pair(number: int, run: str) -> Outcome:
    chance = random.Random(number)
    scenario = chance.choice(SWEPT).name
    known = asked(scenario, sweep.reference(scenario).calls)
    return sweep.strike(scenario, chance.sample(known, 2), run)
