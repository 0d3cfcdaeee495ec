"""An operator at a terminal: a folder, an environment, and `fedi_aid` as a real process. Everything is bounded,
and every server is ended by its id."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.ports import free_port

PASSWORD = "correct horse battery staple"
PATIENCE = 60.0


class Operator:
    """Works in `folder`, with no `FEDI_AID_*` variable but those given."""

    def __init__(self, folder: Path, *, program: tuple[str, ...] = (), **variables: str) -> None:
        self.folder = folder
        self.program = program or (sys.executable, "-m", "fedi_aid")
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("FEDI_AID_")}
        self.environ |= variables

    def run(self, *words: str, stdin: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self.program, *words],
            cwd=self.folder,
            env={**self.environ, **variables},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def ask(self, *words: str, stdin: str = "") -> Any:
        """The answer of a command that must succeed: its one JSON object."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    def create(self, name: str, *words: str) -> Any:
        email = f"{name}@example.org"
        return self.ask(
            *("people", "create", name, "--email", email, "--password-stdin", *words), stdin=f"{PASSWORD}\n"
        )

    def token(self, name: str) -> str:
        given: str = self.ask("people", "token", name)["access_token"]
        return given

    def has(self, database: Path) -> Path:
        """Put a copy of a migrated SQLite file where it belongs."""
        path = self.folder / "data" / "fedi_aid.sqlite3"
        path.parent.mkdir()
        shutil.copyfile(database, path)
        return path

    def files(self) -> list[str]:
        """Everything in the folder, by name."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))


class Serving:
    """`fedi_aid serve` as a process; `with` it, and it is gone afterwards."""

    def __init__(self, operator: Operator, *words: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self._operator = operator
        self._words = words
        self._out = operator.folder.parent / f"{operator.folder.name}.out"
        self._err = operator.folder.parent / f"{operator.folder.name}.err"

    def __enter__(self) -> "Serving":
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*self._operator.program, "serve", "--port", str(self.port), *self._words],
                cwd=self._operator.folder,
                env=self._operator.environ,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise AssertionError(f"it does not serve: {self.stderr()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def _answers(self) -> bool:
        try:
            return self.get("/health")[0] == 200
        except OSError:
            return False

    def get(self, path: str, *, token: str = "", data: dict[str, object] | None = None) -> tuple[int, bytes]:
        """GET, or POST when there is `data`; status and body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = None
        if data is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as failure:
            with failure:
                return failure.code, failure.read()

    def api(self, path: str, *, token: str = "", data: dict[str, object] | None = None) -> Any:
        status, body = self.get(path, token=token, data=data)
        assert status == 200, (status, body)
        return json.loads(body)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def stdout(self) -> str:
        return self._out.read_text()

    def stderr(self) -> str:
        return self._err.read_text()
