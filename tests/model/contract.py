"""All contract tests under one name.

A test module that runs them has `from tests.model.contract import *` and a fixture `scene`.
"""

from tests.model.contract_deletes import *  # noqa: F403
from tests.model.contract_reads import *  # noqa: F403
from tests.model.contract_writes import *  # noqa: F403
