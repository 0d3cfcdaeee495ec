"""An instance in two processes, one that answers and one that works: readers of the first hear of the second."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.cli.operator import PATIENCE, Operator, Serving

pytestmark = pytest.mark.processes


@contextmanager
def working(operator: Operator) -> Iterator["subprocess.Popen[bytes]"]:
    """`serve --only work` as a process; `with` it, and it is gone afterwards."""
    errors = operator.folder.parent / "work.err"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [*operator.program, "serve", "--only", "work"],
            cwd=operator.folder,
            env=operator.environ,
            stdout=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + PATIENCE
        while "ready" not in errors.read_text():
            assert process.poll() is None, errors.read_text()[-2000:]
            assert time.monotonic() < end, errors.read_text()[-2000:]
            time.sleep(0.1)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE)


def heard(stream: ClientConnection, event: str) -> Any:
    """The payload of the next event of this kind."""
    while True:
        frame = json.loads(stream.recv(timeout=PATIENCE))
        if frame["event"] == event:
            return frame["payload"] if event.endswith("delete") else json.loads(frame["payload"])


def test_what_the_worker_does_reaches_the_streams(operator: Operator, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        operator.has(Path(database_url.removeprefix("sqlite:///")))
    else:
        operator.environ["FEDI_AID_DATABASE_URL"] = database_url
    operator.environ["FEDI_AID_LOG_LEVEL"] = "info"
    with Serving(operator, "--only", "web") as server, working(operator) as worker:
        operator.create("amina")
        token = operator.token("amina")
        address = f"{server.url.replace('http', 'ws')}/api/v1/streaming?stream=user&access_token={token}"
        with connect(address, proxy=None) as stream:
            asked = server.api(
                "/api/v1/statuses", token=token, data={"status": "Who lends a ladder? #help #circle"}
            )
            assert heard(stream, "update")["id"] == asked["id"]
            # The butler confirms: a letter that only the other process can have written.
            letter = heard(stream, "notification")
            assert letter["account"]["bot"]
            assert letter["status"]["visibility"] == "direct"
            # So is what an operator's command does beside the two.
            said = operator.ask("announce", "add", "The garden opens")
            assert heard(stream, "announcement")["id"] == said["id"]
            operator.ask("announce", "remove", said["id"])
            assert heard(stream, "announcement.delete") == said["id"]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
        assert server.stop() == 0
    assert "Traceback" not in server.stderr()
    assert not [name for name in operator.files() if "neighbours" in name]
