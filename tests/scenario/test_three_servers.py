"""The main job, over real sockets: a request for help travels across three servers and comes home.

Three processes, three data folders, three SQLite files; people use Mastodon.py as it is. Server two is killed
with -9 twice on the way. Bounded and self-stopping.
"""

import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mastodon import Mastodon

from tests.scenario.servers import PATIENCE, Server, befriend, find, log_in_through_the_browser, until

RAMP = "My shop needs a ramp. Who knows a carpenter?"
AP = {"Accept": "application/activity+json"}
# What may differ between two answers to the same question: the moment, and how often one has asked.
VARYING = ("date", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("default"),  # of the client library's own dependencies
]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Server]]:
    three = [Server(tmp_path / name) for name in ("one", "two", "three")]
    try:
        for server in three:
            server.start()
        yield three
    finally:
        for server in three:
            server.stop()


class Cast:
    """Who lives where, with their clients."""

    def __init__(self, servers: list[Server]) -> None:
        self.one, self.two, self.three = servers
        for name, server in self.homes().items():
            server.add(name)
        self.amina = log_in_through_the_browser(self.one, "amina")
        self.bruno = self.two.client("bruno")
        self.chloe = self.three.client("chloe")
        self.claire = self.three.client("claire")
        self.dov = self.two.client("dov")
        self.amina_at = f"amina@{self.one.domain}"
        self.bruno_at = f"bruno@{self.two.domain}"
        befriend(self.amina, self.bruno, self.amina_at, self.bruno_at)
        befriend(self.bruno, self.chloe, self.bruno_at, f"chloe@{self.three.domain}")
        befriend(self.bruno, self.claire, self.bruno_at, f"claire@{self.three.domain}")
        befriend(self.amina, self.dov, self.amina_at, f"dov@{self.two.domain}")
        self.amina.account_block(find(self.amina, f"dov@{self.two.domain}")["id"])
        amina_for_dov = find(self.dov, self.amina_at)["id"]
        until(
            "the block cut the tie on Dov's side",
            lambda: not self.dov.account_relationships(amina_for_dov)[0]["following"],
        )

    def homes(self) -> dict[str, Server]:
        return {
            "amina": self.one,
            "bruno": self.two,
            "dov": self.two,
            "chloe": self.three,
            "claire": self.three,
        }


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def in_home(client: Mastodon, text: str) -> list[Any]:
    """Home entries whose post, or boosted post, says this."""
    return [
        each for each in client.timeline_home(limit=40) if text in plain((each["reblog"] or each)["content"])
    ]


def letters(client: Mastodon, words: str) -> list[Any]:
    """Direct messages from the butler that say this."""
    return [
        each["status"]
        for each in client.notifications(types=["mention"], limit=40)
        if each["account"]["acct"] == "butler" and words in plain(each["status"]["content"])
    ]


def comparable(answer: httpx.Response, *ours: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, without what says which question was asked."""
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    body = answer.text
    for each in ours:
        body = body.replace(each, "…")
    return answer.status_code, body, headers


def routes_to(server: Server, status_id: str, note: str) -> list[tuple[str, dict[str, str]]]:
    """Every way to ask a server for one post."""
    ways = [
        *("", "/context", "/favourited_by", "/reblogged_by", "/source", "/history"),
    ]
    api = [(f"{server.url}/api/v1/statuses/{status_id}{way}", {}) for way in ways]
    pages = [
        (f"{server.url}/@amina/{status_id}", {}),
        (note, AP),
        (note, {}),
        (f"{note}/activity", AP),
        (f"{note}/audience", AP),
        (f"{note}/replies", AP),
        (f"{server.url}/api/v2/search?q={note}&resolve=true", {}),
        (f"{server.url}/api/v1/fedi_aid/statuses/{status_id}/why", {}),
    ]
    return api + pages


class Listener:
    """Somebody's stream of events, read in a thread until it is closed."""

    def __init__(self, url: str, token: str) -> None:
        self.heard: list[str] = []
        self._client = httpx.Client(timeout=PATIENCE)
        self._request = self._client.build_request(
            "GET", f"{url}/api/v1/streaming/user", headers={"Authorization": f"Bearer {token}"}
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            with_stream = self._client.send(self._request, stream=True)
            for line in with_stream.iter_lines():
                self.heard.append(line)
        except (httpx.HTTPError, RuntimeError, ValueError, OSError, AttributeError):
            return  # closed, or the server was killed

    def close(self) -> None:
        self._client.close()


def test_a_request_for_help_travels_across_three_servers(servers: list[Server]) -> None:
    cast = Cast(servers)
    one, two, three = servers
    dov_token = two.token("dov")
    before = public_numbers(cast)
    dovs_stream = Listener(two.url, dov_token)

    # 1. Amina writes from a stock client.
    status = cast.amina.status_post(f"{RAMP} #help #bottle")
    assert plain(status["content"]) == RAMP
    assert status["visibility"] == "private"
    assert status["fedi_aid"]["intimacy"] == 0
    assert status["fedi_aid"]["help"] is True
    note = status["uri"]

    # 6. Server two dies in the middle of step 2 and comes back.
    two.kill()
    two.start()

    # 2. It reaches Bruno; his butler asks him; he says yes.
    [at_bruno] = until("Bruno sees it", lambda: in_home(cast.bruno, RAMP))
    assert at_bruno["reblog"] is None
    assert at_bruno["account"]["acct"] == cast.amina_at
    [question] = until("the butler asks Bruno", lambda: letters(cast.bruno, "May I show this"))
    assert question["visibility"] == "direct"
    assert not in_home(cast.chloe, RAMP)
    cast.bruno.status_post("@butler yes", in_reply_to_id=question["id"], visibility="direct")
    two.kill()
    two.start()

    # 3. Chloé sees it as a boost by Bruno, can say why, and answers.
    until("Chloé sees it", lambda: in_home(cast.chloe, RAMP) or in_home(cast.claire, RAMP))
    if not in_home(cast.chloe, RAMP):
        # One in 32 of anybody's friends is left out by chance, so that a block can be denied (R19): then
        # this is Claire's story.
        cast.chloe = cast.claire
    [at_chloe] = in_home(cast.chloe, RAMP)
    assert at_chloe["account"]["acct"] == cast.bruno_at
    carried = at_chloe["reblog"]
    assert carried["account"]["acct"] == cast.amina_at
    assert carried["visibility"] == "private"
    reader = cast.chloe.me()["username"]
    why = ask(three, three.token(reader), f"/api/v1/fedi_aid/statuses/{carried['id']}/why")
    assert "via your friend bruno" in json.dumps(why).lower()
    answer = cast.chloe.status_post(
        f"@{cast.amina_at} My cousin is a carpenter!",
        in_reply_to_id=at_chloe["id"],
        visibility="private",
    )
    assert answer["visibility"] == "direct"

    def notices() -> list[Any]:
        return [
            each
            for each in cast.amina.notifications(types=["mention"], limit=40)
            if each["status"] and "cousin" in plain(each["status"]["content"])
        ]

    [notice] = until("Amina is notified", notices)
    assert notice["status"]["in_reply_to_id"] == status["id"]
    assert notice["status"]["visibility"] == "direct"
    requests = get(
        f"{one.url}/api/v1/notifications/requests",
        headers={"Authorization": f"Bearer {one.token('amina')}"},
    )
    assert requests.status_code == 404 or requests.json() == []
    assert not in_home(cast.bruno, "cousin")

    # Chloé's butler asks whether Amina may be told that she can help; she says yes.
    [offer] = until("the butler asks Chloé", lambda: letters(cast.chloe, "that you can help?"))
    cast.chloe.status_post("@butler yes", in_reply_to_id=offer["id"], visibility="direct")
    until("Amina hears of the offer", lambda: letters(cast.amina, "offers to help"))

    # 4. For Dov and for a visitor the post does not exist.
    nothing_for_outsiders(cast, status["id"], note, dov_token)
    assert public_numbers(cast) == before
    assert not any(RAMP in line for line in dovs_stream.heard)
    dovs_stream.close()

    # 5. `done`: the flag comes down everywhere, the butler thanks, nothing circulates any more.
    confirmation = until("the butler confirmed", lambda: letters(cast.amina, "Your flag is up"))[0]
    cast.amina.status_post("@butler done", in_reply_to_id=confirmation["id"], visibility="direct")
    until("the butler lowers it", lambda: letters(cast.amina, "The flag is down"))
    for client, status_id in (
        (cast.amina, status["id"]),
        (cast.bruno, at_bruno["id"]),
        (cast.chloe, carried["id"]),
    ):
        until(
            "the flag is down here too",
            lambda client=client, status_id=status_id: client.status(status_id)["fedi_aid"]["help"] is False,
        )
    until("Chloé is thanked", lambda: letters(cast.chloe, "Thank you for coming forward"))
    until("Bruno is thanked", lambda: letters(cast.bruno, "Thank you for having carried it"))

    # Nothing was lost, nothing was doubled.
    assert len(in_home(cast.bruno, RAMP)) == 1
    assert len(letters(cast.bruno, "May I show this")) == 1
    assert len(letters(cast.chloe, "Thank you for coming forward")) == 1
    assert len(notices()) == 1
    for server in servers:
        assert unfinished(server) == 0
        assert len(post_rows(server)) == 1


def get(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=PATIENCE)


def ask(server: Server, token: str, path: str) -> Any:
    answer = get(f"{server.url}{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def nothing_for_outsiders(cast: Cast, status_id: str, note: str, dov_token: str) -> None:
    """The same status, body and headers as for a post that never was (RULES R7), on every route."""
    nowhere = str(int(status_id) - 7919)
    no_note = f"{note[:-26]}{'2' * 26}"
    local = {
        "two": local_id(cast.two, note),
        "three": local_id(cast.three, note),
    }
    for server, real_id in ((cast.one, status_id), (cast.two, local["two"]), (cast.three, local["three"])):
        tokens: list[dict[str, str]] = [{}]
        if server is cast.two:
            tokens.append({"Authorization": f"Bearer {dov_token}"})
        for token in tokens:
            real = routes_to(server, real_id, note)
            missing = routes_to(server, nowhere, no_note)
            for (url, accept), (other, _) in zip(real, missing, strict=True):
                got = get(url, headers={**accept, **token})
                expected = get(other, headers={**accept, **token})
                assert comparable(got, real_id, note) == comparable(expected, nowhere, no_note), url
                assert RAMP not in got.text
    for path in ("/api/v1/timelines/public", "/api/v1/timelines/tag/help", "/api/v1/timelines/tag/bottle"):
        for server in (cast.one, cast.two, cast.three):
            assert RAMP not in get(f"{server.url}{path}").text
    assert not in_home(cast.dov, RAMP)
    amina_for_dov = find(cast.dov, cast.amina_at)["id"]
    assert cast.dov.account_statuses(amina_for_dov) == []
    assert cast.dov.search_v2(note, resolve=True)["statuses"] == []
    assert RAMP not in get(f"{cast.one.url}/@amina").text


def public_numbers(cast: Cast) -> list[Any]:
    """Counts and dates that anybody may ask for; a hidden post moves none of them."""
    found: list[Any] = []
    for server in (cast.one, cast.two, cast.three):
        found.append(get(f"{server.url}/nodeinfo/2.1").json()["usage"])
        found.append(get(f"{server.url}/api/v1/instance").json()["stats"])
    amina = get(f"{cast.one.url}/api/v1/accounts/lookup?acct=amina").json()
    found.append([amina[name] for name in ("statuses_count", "last_status_at", "followers_count")])
    outbox = get(f"{cast.one.url}/users/amina/outbox", headers=AP).json()
    found.append(outbox)
    seen = cast.dov.account(find(cast.dov, cast.amina_at)["id"])
    found.append([seen["statuses_count"], seen["last_status_at"], seen["followers_count"]])
    return found


# -- what the database of a server says, read from outside


def _rows(server: Server, question: str, *values: Any) -> list[Any]:
    path = server.folder / "data" / "fedi_aid.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE) as database:
        return database.execute(question, values).fetchall()


def local_id(server: Server, note: str) -> str:
    [[found]] = _rows(server, "SELECT id FROM posts WHERE uri = ?", note)
    return str(found)


def post_rows(server: Server) -> list[Any]:
    return _rows(server, "SELECT id FROM posts WHERE text LIKE ? AND reach = 'chosen'", f"%{RAMP}%")


def unfinished(server: Server) -> int:
    """Jobs that were given up."""
    [[buried]] = _rows(server, "SELECT count(*) FROM jobs WHERE state = 'buried'")
    return int(buried)
