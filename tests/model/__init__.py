"""Models of the world outside the operator, on the event loop's time: the API server, its watch, and Azure.

`server.ApiServer` is the API server, `watch.Watch` what an informer sees of it, `azure.MemoryTransport` the network to
Azure with the emulator's machine behind it. `contract` holds what the API server's model and the real one both do.
"""

import pytest

pytest.register_assert_rewrite(
    "tests.model.contract_writes", "tests.model.contract_deletes", "tests.model.contract_reads"
)
