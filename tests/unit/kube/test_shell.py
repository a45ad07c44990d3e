"""The shell around Kopf."""

import asyncio
from pathlib import Path

import kopf
import pytest
from aci_operator.kube.access import Access
from aci_operator.kube.api import GROUPS, SERVICES
from aci_operator.kube.shell import Shell
from kubernetes.aio.client import Configuration


@pytest.mark.parametrize("end", [asyncio.CancelledError, SystemExit, OSError])
async def test_whatever_ends_kopf_is_noticed(monkeypatch: pytest.MonkeyPatch, end: type[BaseException]) -> None:
    """It cancels itself when one of its root tasks ends; nobody would start it again."""

    async def operator(**_: object) -> None:
        raise end

    async def load(kubeconfig: Path | None) -> Access:
        return Access(kubeconfig, Configuration())

    monkeypatch.setattr(kopf, "operator", operator)
    monkeypatch.setattr(Access, "load", load)
    shell = Shell((SERVICES, GROUPS), None, on_event=lambda *_: None, on_report=lambda *_: None)
    shell.start()
    async with asyncio.timeout(3):
        assert isinstance(await shell.ended(), end)
