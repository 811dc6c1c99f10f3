"""The demo's start: it says plainly why it cannot, and minds its own folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import ports
from sandbox.demo import CannotStart, _alone, _forget

ROOT = Path(__file__).parent.parent.parent


def demo(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox.demo"],
        cwd=ROOT,
        env=os.environ | {"PORTAL_VAR": str(tmp_path)} | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = demo(tmp_path, PORT=str(port))
    assert answer.returncode == 1
    assert f"port {port} is taken" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_port_that_is_none_is_said_plainly(tmp_path: Path) -> None:
    answer = demo(tmp_path, PORT="eighty")
    assert answer.returncode == 1
    assert "PORT must be a number" in answer.stderr


def test_a_taken_neighbour_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = ports.wanted_or_free(port)
    assert found != port
    assert ports.is_free(found)


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with _alone(tmp_path), pytest.raises(CannotStart, match="another one is running"), _alone(tmp_path):
        raise AssertionError("the second demo started")


def test_forgetting_leaves_an_empty_folder(tmp_path: Path) -> None:
    with _alone(tmp_path):
        (tmp_path / "portal.sqlite3").write_text("old")
        (tmp_path / "letters").mkdir()
        _forget(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]
