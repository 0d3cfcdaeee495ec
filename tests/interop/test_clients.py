"""Apps as they are, over a real socket: two JavaScript libraries that many apps are built on, and toot's CLI."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.npm import installed
from tests.interop.pypi import NotHere, environment
from tests.scenario.servers import Server, allow_in_the_browser

HERE = Path(__file__).parent / "clients"
SECONDS = 180


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """An instance with two members."""
    made = Server(tmp_path / "one")
    made.start()
    try:
        for name in ("amina", "bruno"):
            made.add(name)
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("program", ["masto.mjs", "megalodon.mjs"])
def test_a_library_from_npm(server: Server, program: str) -> None:
    node, folder = installed("clients", "masto@8.0.0", "megalodon@10.3.0")
    done = subprocess.run(
        [str(node), str(HERE / program)],
        env={
            "BASE": server.url,
            "MODULES": str(folder / "node_modules"),
            "AMINA": server.token("amina"),
            "BRUNO": server.token("bruno"),
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:] + server.log.read_text()[-1000:]
    assert len(json.loads(done.stdout)) >= 6


class Toot:
    """toot, the command-line client, with a home of its own."""

    def __init__(self, program: Path, home: Path) -> None:
        self.program = program
        # Its browser is one that opens nothing: the test visits the page.
        self.environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "BROWSER": "true"}
        home.mkdir()

    def log_in(self, server: Server, name: str) -> None:
        """`toot login`: it prints the address of a page, and asks for the code that the page shows."""
        child = subprocess.Popen(
            [str(self.program), "--no-color", "login", "--instance", server.url],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write("y\n")  # yes, open the browser
            child.stdin.flush()
            said = ""
            while not (found := re.search(r"(http\S+/oauth/authorize\S*)\s", said)):
                line = child.stdout.readline()
                assert line, said
                said += line
            child.stdin.write(allow_in_the_browser(name, found[1]) + "\n")
            child.stdin.close()
            rest = child.stdout.read()
            assert child.wait(SECONDS) == 0, said + rest
        finally:
            child.kill()
            child.wait()

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [str(self.program), "--no-color", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_toot(server: Server, tmp_path: Path) -> None:
    """Login by code, post, timeline, thread, notifications: from two terminals."""
    try:
        python = environment("toot-0.52.1", "toot==0.52.1")
    except NotHere as reason:
        pytest.skip(str(reason))
    amina, bruno = (Toot(python.with_name("toot"), tmp_path / name) for name in ("amina", "bruno"))
    amina.log_in(server, "amina")
    bruno.log_in(server, "bruno")
    assert "amina" in amina("whoami")
    amina("follow", "bruno")
    assert "amina" in bruno("follow-requests", "list")
    bruno("follow-requests", "accept", "amina")
    amina("post", "Who can lend a ladder? #help #bottle", "--visibility", "private")
    seen = bruno("timelines", "home", "--no-pager", "--no-clear")
    assert "Who can lend a ladder?" in seen
    [found] = {
        one["id"] for one in json.loads(bruno("timelines", "home", "--json")) if "ladder" in one["content"]
    }
    bruno("favourite", found)
    bruno("post", "@amina I have one", "--reply-to", found)
    assert "I have one" in amina("thread", found)
    notices = amina("notifications")
    assert "I have one" in notices
    assert "favourited" in notices
    assert "bruno" in amina("search", "bruno")
