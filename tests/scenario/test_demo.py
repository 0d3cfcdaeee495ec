"""`fedi_aid demo --once` tells the whole story and leaves nothing running."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port

pytestmark = pytest.mark.processes


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FEDI_AID_")}
    return subprocess.run(
        [sys.executable, "-m", "fedi_aid", "demo", "--folder", str(folder), *words],
        env=clean,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def test_the_story_is_told_to_its_end(tmp_path: Path) -> None:
    first = free_port(in_a_row=3)
    told = demo(tmp_path / "demo", "--once", "--first-port", str(first))
    assert told.returncode == 0, told.stdout + told.stderr
    for words in ("flag raised", "via your friend Bruno", "offers to help", "flag is down on all three"):
        assert words in " ".join(told.stdout.split())
    for port in range(first, first + 3):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, "a server was left running"


def test_a_folder_that_is_no_demos_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "photos"
    mine.mkdir()
    (mine / "one.jpg").write_bytes(b"precious")
    refused = demo(mine, "--once")
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert (mine / "one.jpg").read_bytes() == b"precious"
