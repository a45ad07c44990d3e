import os
import subprocess
import sys
from pathlib import Path

import pytest

from devcluster.binaries import Binaries
from devcluster.build import PROGRAMS, cached
from devcluster.golang import BuildFailed
from devcluster.guard import ROOT

FAKE_GO = """#!/bin/sh
case "$1" in
env) echo go1.26.0;;
list) echo "go: downloading something"; echo first; echo second;;
build)
    echo built >> "$COUNT"
    if [ -n "$BROKEN" ]; then echo "main.go:1: oh no"; exit 1; fi
    echo first; sleep 0.3; echo second
    while [ "$1" != -o ]; do shift; done
    touch "$2";;
esac
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache and a Go that only says that it builds."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "go").write_text(FAKE_GO)
    (programs / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path


def put(folder: Path, programs: tuple[str, ...]) -> Path:
    folder.mkdir(exist_ok=True)
    for program in programs:
        (folder / program).touch(mode=0o755)
    return folder


def test_it_is_built_once_and_found_after(world: Path) -> None:
    said: list[str] = []
    found = Binaries.find(said.append)
    assert found.kubectl.resolve().name == "kube"
    assert "  2 of 2 packages compiled (100 %)" in said
    assert Binaries.find(said.append) == found
    assert (world / "count").read_text() == "built\n"


def test_two_at_once_build_once(world: Path) -> None:
    command = [sys.executable, "-c", "from devcluster.build import cached; cached(print)"]
    both = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert (world / "count").read_text() == "built\n"


def test_a_failed_build_says_why_and_leaves_nothing(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKEN", "yes")
    with pytest.raises(BuildFailed, match=r"main\.go:1: oh no"):
        cached(lambda _: None)
    assert os.listdir(world / "cache" / "aci-operator" / "devcluster") == ["build.lock"]  # noqa: PTH208
    monkeypatch.delenv("BROKEN")
    assert cached(lambda _: None).is_dir()


def test_assets_come_first(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(world / "bin", PROGRAMS)
    assets = put(world / "assets", PROGRAMS)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert Binaries.find(lambda _: None).etcd == assets / "etcd"


def test_the_path_comes_second(world: Path) -> None:
    programs = put(world / "bin", PROGRAMS)
    assert Binaries.find(lambda _: None).etcd == programs / "etcd"
    assert not (world / "count").exists()


def test_a_kubectl_alone_on_the_path_does_not_count(world: Path) -> None:
    put(world / "bin", ("kubectl",))
    assert "cache" in Binaries.find(lambda _: None).kubectl.parts


def test_assets_without_a_controller_manager_do_not_count(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = put(world / "assets", ("etcd", "kube-apiserver", "kubectl"))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    said: list[str] = []
    assert "cache" in Binaries.find(said.append).etcd.parts
    assert said[0] == f"KUBEBUILDER_ASSETS is not used: {assets} has no kube-controller-manager"
