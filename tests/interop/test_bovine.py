"""bovine_herd 0.5.19 over real sockets: another Python server, which reads and writes JSON-LD by the book, has no
guessable address, and shows its actor only to those who sign.

Bounded and self-stopping: the peer ends with its input, and in any case after four minutes.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mastodon import Mastodon
from mastodon.errors import MastodonNotFoundError

from tests.interop.pypi import NotHere, environment
from tests.ports import free_port
from tests.scenario.servers import Server, find, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("default"),  # of the client library's own dependencies
]

VERSION = "0.5.19"
HERE = Path(__file__).parent
ACTIVITY = {"Accept": "application/activity+json"}


class Bovine:
    """A server with one member, mallow; see bovine/server.py."""

    def __init__(self, folder: Path) -> None:
        try:
            python = environment(f"bovine-{VERSION}", f"bovine-herd=={VERSION}")
        except NotHere as reason:
            pytest.skip(str(reason))
        folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(python), str(HERE / "bovine" / "server.py")],
                cwd=folder,  # where its databases go
                env={**os.environ, "PORT": str(self.port)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/_test/seen", timeout=20).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    @property
    def mallow(self) -> str:
        uri: str = self._seen()["mallow"]["uri"]
        return uri

    def does(self, act: str, **what: Any) -> Any:
        answer = httpx.post(f"{self.url}/_test/{act}", json=what, timeout=60)
        assert answer.status_code == 200, answer.text + self.log.read_text()[-2000:]
        return answer.json()["answer"]

    def says(self, kind: str, about: Any, to: str, **more: Any) -> dict[str, Any]:
        """An activity as a client posts it to the outbox; what the server made of it."""
        made: dict[str, Any] = self.does("says", type=kind, object=about, to=[to], **more)
        return made

    def saw(self, kind: str) -> list[dict[str, Any]]:
        """Activities of a kind whose signatures it believed."""
        found = [one["data"] for one in self._seen()["seen"] if one["data"]["type"] == kind]
        assert self._seen()["refused"] == []
        return found

    def keeps(self, uri: str) -> dict[str, Any] | None:
        """What it has stored under an id."""
        found: dict[str, Any] | None = self.does("stored", uri=uri)
        return found

    def _seen(self) -> Any:
        return httpx.get(f"{self.url}/_test/seen", timeout=60).json()


@pytest.fixture
def bovine(tmp_path: Path) -> Iterator[Bovine]:
    made = Bovine(tmp_path / "bovine")
    try:
        until("bovine answers", made.is_up)
        yield made
    finally:
        made.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "ours")
    try:
        made.start()
        yield made
    finally:
        made.stop()


def mentions(amina: Mastodon) -> list[Any]:
    return [one["status"] for one in amina.notifications() if one["type"] == "mention"]


def test_everything_both_ways(server: Server, bovine: Bovine) -> None:
    server.add("amina")
    amina = server.client("amina")
    uri = f"{server.url}/users/amina"

    # Its actor is for signed requests; ours, too, is found and read from there.
    assert httpx.get(bovine.mallow, headers=ACTIVITY, timeout=60).status_code == 401
    mallow = find(amina, f"mallow@127.0.0.1:{bovine.port}")
    assert mallow["uri"] == bovine.mallow
    assert bovine.does("look_up", uri=uri) == {"id": uri, "name": "amina", "inbox": f"{uri}/inbox"}

    # Amina follows; its user says yes.
    amina.account_follow(mallow["id"])
    (follow,) = until("our Follow arrives", lambda: bovine.saw("Follow"))
    assert (follow["actor"], follow["object"]) == (uri, bovine.mallow)
    bovine.says("Accept", follow["id"], uri)
    until("we follow", lambda: amina.account_relationships(mallow["id"])[0]["following"])

    # It follows back, which needs no second yes; its server believes our Accept.
    bovine.says("Follow", uri, uri)
    until("it follows", lambda: uri in bovine.does("collection", name="following"))
    assert amina.account_relationships(mallow["id"])[0]["followed_by"]

    # Its post, with its own JSON-LD; edited, and deleted.
    note = {
        "type": "Note",
        "attributedTo": bovine.mallow,
        "content": "<p>Come <script>x</script>at six.</p>",
        "to": [uri],
        "tag": [{"type": "Mention", "href": uri}],
    }
    create = bovine.says("Create", note, uri)
    (status,) = until("its post arrives", lambda: mentions(amina))
    assert status["content"] == "<p>Come at six.</p>"
    assert status["uri"] == create["object"]["id"]
    edited = {**create["object"], "content": "<p>Come at seven.</p>", "updated": "2030-01-01T00:00:00Z"}
    bovine.says("Update", edited, uri)
    until("its edit arrives", lambda: "seven" in amina.status(status["id"])["content"])
    bovine.says("Delete", create["object"]["id"], uri)
    until("its post is gone", lambda: is_gone(amina, status["id"]))

    # Our post; liked and no longer liked, edited, and deleted.
    ours = amina.status_post("I bring the ladder.")
    (create,) = until("our post arrives", lambda: bovine.saw("Create"))
    made = create["object"]
    assert create["actor"] == uri
    assert "I bring the ladder." in made["content"]
    until("it keeps our post", lambda: bovine.keeps(made["id"]))
    like = bovine.says("Like", made["id"], uri)
    until("its Like arrives", lambda: amina.status(ours["id"])["favourites_count"] == 1)
    bovine.says("Undo", like["id"], uri)
    until("it likes it no more", lambda: amina.status(ours["id"])["favourites_count"] == 0)
    amina.status_update(ours["id"], "I bring two ladders.")
    until("our edit arrives", lambda: "two ladders" in str(bovine.keeps(made["id"])))
    amina.status_delete(ours["id"])
    until("our Delete arrives", lambda: (bovine.keeps(made["id"]) or {}).get("type") == "Tombstone")


def is_gone(amina: Mastodon, status_id: Any) -> bool:
    try:
        amina.status(status_id)
    except MastodonNotFoundError:
        return True
    return False
