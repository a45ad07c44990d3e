"""/healthz, /readyz and /metrics over a real socket."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aci_operator.app.metrics import Metrics
from aci_operator.app.probes import METRICS_TYPE, served


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Probed:
    def __init__(self) -> None:
        self.ready = False
        self.metrics = Metrics()
        self.base = f"127.0.0.1:{free_port()}"

    async def get(self, path: str) -> tuple[int, str, str]:
        async with aiohttp.ClientSession() as session, session.get(f"http://{self.base}{path}") as answer:
            return answer.status, await answer.text(), answer.headers["Content-Type"]


@pytest.fixture
async def probed() -> AsyncIterator[Probed]:
    made = Probed()
    async with served(made.base, lambda: made.ready, made.metrics.exposition):
        yield made


async def test_it_is_healthy_as_long_as_it_answers(probed: Probed) -> None:
    assert (await probed.get("/healthz"))[:2] == (200, "ok")


async def test_it_is_ready_only_while_it_watches_everything(probed: Probed) -> None:
    status, text, _ = await probed.get("/readyz")
    assert status == 503
    assert "watched" in text
    probed.ready = True
    assert (await probed.get("/readyz"))[0] == 200
    probed.ready = False
    assert (await probed.get("/readyz"))[0] == 503


async def test_what_is_counted_is_told_in_prometheus_format(probed: Probed) -> None:
    metrics = probed.metrics
    metrics.reconciled("aciservice", "success", 0.02)
    metrics.reconciled("aciservice", "error", 0.02)
    metrics.queued("aciservice", 7)
    metrics.arm_request("put", "201", 0.3)
    metrics.groups_by_state({"Running": 3})
    status, text, kind = await probed.get("/metrics")
    assert (status, kind) == (200, METRICS_TYPE)
    lines = text.splitlines()
    assert 'controller_runtime_reconcile_total{controller="aciservice",result="success"} 1.0' in lines
    assert 'controller_runtime_reconcile_time_seconds_count{controller="aciservice"} 2.0' in lines
    assert 'workqueue_depth{name="aciservice"} 7.0' in lines
    assert 'aci_operator_arm_requests_total{code="201",operation="put"} 1.0' in lines
    assert 'aci_operator_container_groups{state="Running"} 3.0' in lines


async def test_other_paths_are_not_served(probed: Probed) -> None:
    assert (await probed.get("/"))[0] == 404


async def test_the_port_is_free_again_afterwards() -> None:
    address = f"127.0.0.1:{free_port()}"
    for _ in range(2):
        async with served(address, lambda: True, bytes):
            pass
