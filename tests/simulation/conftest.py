"""What all simulation tests share."""

import pytest

pytest.register_assert_rewrite(
    "tests.model.contract_writes", "tests.model.contract_deletes", "tests.model.contract_reads"
)
