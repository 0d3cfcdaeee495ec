"""Fedify 2.3.6 over real sockets: the strictest verifier at hand, in both kinds of HTTP signatures.

Bounded and self-stopping: the peer ends with its input, and in any case after four minutes.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mastodon import Mastodon
from mastodon.errors import MastodonNotFoundError

from fedi_aid.activitypub import actors, extension
from fedi_aid.activitypub.signatures import keys, proofs
from fedi_aid.activitypub.signatures.refusals import BadSignature
from tests.interop.npm import installed
from tests.ports import free_port
from tests.scenario.servers import Server, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("default"),  # of the client library's own dependencies
]

VERSION = "2.3.6"
HERE = Path(__file__).parent
CAVAGE = "draft-cavage-http-signatures-12"


class Fedify:
    """A server with two actors, fiona and flora; see fedify/server.mjs."""

    def __init__(self, folder: Path, **settings: str) -> None:
        node, modules = installed(
            f"fedify-{VERSION}", f"@fedify/fedify@{VERSION}", f"@fedify/vocab@{VERSION}"
        )
        folder.mkdir()
        shutil.copy(HERE / "fedify" / "server.mjs", folder)
        (folder / "node_modules").symlink_to(modules / "node_modules")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.fiona = f"{self.url}/users/fiona"
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(node), "server.mjs"],
                cwd=folder,
                env={**os.environ, "PORT": str(self.port), **settings},
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

    def does(self, act: str, **what: Any) -> Any:
        answer = httpx.post(f"{self.url}/_test/{act}", json=what, timeout=60)
        assert answer.status_code == 200, answer.text + self.log.read_text()[-2000:]
        return answer.json()

    def saw(self, kind: str) -> list[dict[str, Any]]:
        """Activities of a kind that passed all of Fedify's checks."""
        seen = httpx.get(f"{self.url}/_test/seen", timeout=60).json()["seen"]
        return [one for one in seen if one["type"] == kind]

    def says(self, kind: str, about: Any, to: str, **more: Any) -> dict[str, Any]:
        """An activity by fiona in Fedify's writing; what it was made of."""
        made: dict[str, Any] = self.does("says", type=kind, object=about, to=to, **more)
        return made

    def gets(self) -> list[tuple[str, str | None]]:
        """(path, whose signature) of every GET of an actor or a note there, in the mode that wants one."""
        return [tuple(one) for one in httpx.get(f"{self.url}/_test/seen", timeout=60).json()["gets"]]

    def posts(self) -> list[tuple[str, int]]:
        """(kind of signature, status) of every POST to an inbox there."""
        return [tuple(one) for one in httpx.get(f"{self.url}/_test/seen", timeout=60).json()["posts"]]


@pytest.fixture(params=["cavage", "rfc9421"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of signature that Fedify tries first, and the only one it lets in."""
    found: str = request.param
    return found


@pytest.fixture
def fedify(tmp_path: Path, kind: str) -> Iterator[Fedify]:
    made = Fedify(tmp_path / "fedify", FIRST_KNOCK=CAVAGE if kind == "cavage" else "rfc9421", ONLY_KIND=kind)
    try:
        until("Fedify answers", made.is_up)
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


@pytest.mark.parametrize("kind", ["cavage"])
def test_object_proofs_hold_both_ways(fedify: Fedify) -> None:
    """FEP-8b32, eddsa-jcs-2022: Fedify's proof by our check, ours by Fedify's; and neither when bent (J11)."""
    now = datetime.now(UTC)
    document = fedify.does("prove", text="Come at six.")
    fiona = httpx.get(fedify.fiona, headers={"Accept": "application/activity+json"}, timeout=60).json()
    listed = fiona["assertionMethod"]
    (multikey,) = [one for one in (listed if isinstance(listed, list) else [listed]) if ed25519(one)]

    def lookup(method: str) -> keys.PublicKey | None:
        material = keys.from_multikey(multikey["publicKeyMultibase"])
        return keys.PublicKey(id=method, owner=fedify.fiona, material=material)

    assert proofs.verify(document, lookup, now).owner == fedify.fiona
    with pytest.raises(BadSignature):
        proofs.verify(document | {"summary": "bent"}, lookup, now)

    private = keys.load_private(keys.generate_ed25519().private_pem)
    assert isinstance(private, Ed25519PrivateKey)
    amina = "https://a.example/users/amina"
    key_id = f"{amina}#ed25519-key"
    key = {
        "id": key_id,
        "type": "Multikey",
        "controller": amina,
        "publicKeyMultibase": keys.to_multikey(private.public_key()),
    }
    actor = {
        "@context": actors.CONTEXT,
        "id": amina,
        "type": "Person",
        "inbox": f"{amina}/inbox",
        "assertionMethod": [key],
    }
    note = {"id": "https://a.example/notes/1", "type": "Note", "attributedTo": amina, "content": "A ramp?"}
    create = {
        "@context": extension.CONTEXT,
        "id": "https://a.example/activities/1",
        "type": "Create",
        "actor": amina,
        "object": note | {"intimacyLevel": 0, "helpFlag": True, "revision": 1},
    }
    proven = proofs.sign(create, private, key_id, now)
    assert fedify.does("verify", document=proven, actor=actor) == {"actor": amina}
    bent = proven | {"object": proven["object"] | {"revision": 2}}
    assert fedify.does("verify", document=bent, actor=actor) == {"actor": None}


def ed25519(method: dict[str, Any]) -> bool:
    return str(method.get("publicKeyMultibase", "")).startswith("z6Mk")


def test_follow_accept_and_create_both_ways(server: Server, fedify: Fedify, kind: str) -> None:
    server.add("amina")
    amina = server.client("amina")
    uri = f"{server.url}/users/amina"
    # Fedify reads our actor, fetched with a signature of its own.
    assert fedify.does("look_up", uri=uri) == {"id": uri, "name": "amina", "inbox": f"{uri}/inbox"}

    # It follows, Amina says yes, and the Accept passes its checks.
    follow = fedify.does("follow", uri=uri)
    (asking,) = until("the follow arrives", amina.follow_requests)
    assert asking["acct"] == f"fiona@127.0.0.1:{fedify.port}"
    amina.follow_request_authorize(asking["id"])
    (accepted,) = until("the Accept arrives", lambda: fedify.saw("Accept"))
    assert accepted == {"type": "Accept", "actor": uri, "object": follow["id"]}

    # Amina follows back; Fedify's Accept passes our checks.
    amina.account_follow(asking["id"])
    until("the friendship is mutual", lambda: amina.account_relationships(asking["id"])[0]["following"])
    assert [one["actor"] for one in fedify.saw("Follow")] == [uri]

    # A post each way.
    fedify.does("write", uri=uri, text="Come at six.")
    until("their post arrives", lambda: [one for one in amina.notifications() if one["type"] == "mention"])
    (mention,) = [one for one in amina.notifications() if one["type"] == "mention"]
    assert mention["status"]["content"] == "<p>Come at six.</p>"
    amina.status_post("I bring the ladder.")
    (create,) = until("our post arrives", lambda: fedify.saw("Create"))
    assert create["actor"] == uri
    assert "I bring the ladder." in create["content"]

    # Every knock of the other kind was refused, at most one for what we had not learned yet.
    posts = fedify.posts()
    assert {status for sent, status in posts if sent != kind} <= {401}
    assert len([1 for sent, _ in posts if sent != kind]) <= 1
    assert [status for sent, status in posts if sent == kind] == [202] * 3


@pytest.fixture
def friends(server: Server, fedify: Fedify) -> tuple[Mastodon, dict[str, Any]]:
    """Amina, and fiona as she knows her: they follow each other."""
    server.add("amina")
    amina = server.client("amina")
    fedify.does("follow", uri=f"{server.url}/users/amina")
    (asking,) = until("the follow arrives", amina.follow_requests)
    amina.follow_request_authorize(asking["id"])
    until("the Accept arrives", lambda: fedify.saw("Accept"))
    amina.account_follow(asking["id"])
    until("the friendship is mutual", lambda: amina.account_relationships(asking["id"])[0]["following"])
    return amina, asking


def written(fedify: Fedify, to: str, slug: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "Note",
        "id": f"{fedify.url}/notes/{slug}",
        "attributedTo": fedify.fiona,
        "to": [to],
        "published": "2026-03-14T09:00:00Z",
        **fields,
    }


def newest_mention(amina: Mastodon, words: str) -> Any:
    told = [one["status"] for one in amina.notifications() if one["type"] == "mention"]
    return next((one for one in told if words in one["content"]), None)


@pytest.mark.parametrize("kind", ["cavage"])
def test_their_edits_reactions_and_withdrawals_are_understood(
    server: Server, fedify: Fedify, friends: tuple[Mastodon, dict[str, Any]]
) -> None:
    """Update, Delete, Like, EmojiReact, Undo; an Announce of what is not public boosts nothing (A11)."""
    amina, fiona = friends
    uri = f"{server.url}/users/amina"
    note = written(fedify, uri, "1", content="<p>Come at six.</p>")
    fedify.says("Create", note, uri)
    status = until("their post arrives", lambda: newest_mention(amina, "six"))
    edited = note | {"content": "<p>Come at seven.</p>", "updated": "2030-01-01T00:00:00Z"}
    fedify.says("Update", edited, uri)
    until("their edit arrives", lambda: "seven" in amina.status(status["id"])["content"])

    ours = amina.status_post("I bring the ladder.")
    (create,) = until("our post arrives", lambda: fedify.saw("Create"))

    def liked() -> int:
        count: int = amina.status(ours["id"])["favourites_count"]
        return count

    like = fedify.says("Like", create["id"], uri)
    until("their Like arrives", lambda: liked() == 1)
    fedify.says("Undo", like, uri)
    until("their Like is undone", lambda: liked() == 0)
    announce = fedify.says("Announce", create["id"], uri)
    react = fedify.says("EmojiReact", create["id"], uri, content="🎉")
    until("their reaction arrives", lambda: liked() == 1)  # one actor's things are handled in their order
    assert amina.status(ours["id"])["reblogs_count"] == 0
    fedify.says("Undo", announce, uri)
    fedify.says("Undo", react, uri)
    until("their reaction is undone", lambda: liked() == 0)

    fedify.says("Delete", {"type": "Tombstone", "id": note["id"]}, uri)
    until("their post is gone", lambda: is_gone(amina, status["id"]))
    fedify.says("Undo", {"type": "Follow", "actor": fedify.fiona, "object": uri}, uri)
    until("they follow no more", lambda: not amina.account_relationships(fiona["id"])[0]["followed_by"])


def is_gone(amina: Mastodon, status_id: Any) -> bool:
    try:
        amina.status(status_id)
    except MastodonNotFoundError:
        return True
    return False


@pytest.mark.parametrize("kind", ["cavage"])
def test_our_edits_reactions_and_withdrawals_are_understood(
    server: Server, fedify: Fedify, friends: tuple[Mastodon, dict[str, Any]]
) -> None:
    amina, fiona = friends
    uri = f"{server.url}/users/amina"
    ours = amina.status_post("I bring the ladder.")
    (create,) = until("our post arrives", lambda: fedify.saw("Create"))
    amina.status_update(ours["id"], "I bring two ladders.")
    (update,) = until("our Update arrives", lambda: fedify.saw("Update"))
    assert (update["actor"], update["object"], update["kind"]) == (uri, create["id"], "Note")
    assert "two ladders" in update["content"]
    amina.status_delete(ours["id"])
    (delete,) = until("our Delete arrives", lambda: fedify.saw("Delete"))
    assert (delete["actor"], delete["object"]) == (uri, create["id"])

    note = written(fedify, uri, "1", content="<p>Come at six.</p>")
    fedify.says("Create", note, uri)
    status = until("their post arrives", lambda: newest_mention(amina, "six"))
    amina.status_favourite(status["id"])
    (like,) = until("our Like arrives", lambda: fedify.saw("Like"))
    assert (like["actor"], like["object"]) == (uri, note["id"])
    amina.status_unfavourite(status["id"])
    (undo,) = until("our Undo arrives", lambda: fedify.saw("Undo"))
    assert (undo["actor"], undo["kind"]) == (uri, "Like")
    amina.account_unfollow(fiona["id"])
    until("our Undo of the Follow arrives", lambda: "Follow" in [one["kind"] for one in fedify.saw("Undo")])


@pytest.mark.parametrize("kind", ["cavage"])
def test_polls_and_votes_both_ways(
    server: Server, fedify: Fedify, friends: tuple[Mastodon, dict[str, Any]]
) -> None:
    """FEP-9967: Question, votes, results."""
    amina, _ = friends
    uri = f"{server.url}/users/amina"
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}
        for name in ("Saturday", "Sunday")
    ]
    theirs = written(fedify, uri, "poll", type="Question", content="<p>When?</p>", oneOf=options)
    theirs["endTime"] = "2040-01-01T00:00:00Z"
    fedify.says("Create", theirs, uri)
    status = until("their poll arrives", lambda: newest_mention(amina, "When?"))
    assert [one["title"] for one in status["poll"]["options"]] == ["Saturday", "Sunday"]
    amina.poll_vote(status["poll"]["id"], [1])
    (vote,) = until("our vote arrives", lambda: fedify.saw("Create"))
    assert (vote["name"], vote["answers"], vote["actor"]) == ("Sunday", theirs["id"], uri)
    options[1]["replies"] = {"type": "Collection", "totalItems": 7}
    fedify.says("Update", theirs | {"updated": "2030-01-01T00:00:00Z"}, uri)
    until("their results arrive", lambda: amina.status(status["id"])["poll"]["votes_count"] == 7)

    ours = amina.status_post("What?", poll=amina.make_poll(["Cake", "Soup"], expires_in=3600))
    (question,) = until(
        "our poll arrives", lambda: [one for one in fedify.saw("Create") if one["kind"] == "Question"]
    )
    vote_of_theirs = written(fedify, uri, "vote", name="Soup", inReplyTo=question["id"])
    fedify.says("Create", vote_of_theirs, uri)
    until("their vote counts", lambda: amina.status(ours["id"])["poll"]["votes_count"] == 1)
    assert [one["votes_count"] for one in amina.status(ours["id"])["poll"]["options"]] == [0, 1]


@pytest.mark.parametrize("kind", ["cavage"])
def test_a_move_is_believed_when_the_new_account_lists_the_old_one(
    server: Server, fedify: Fedify, friends: tuple[Mastodon, dict[str, Any]]
) -> None:
    """A15, over real sockets: nothing moves by itself."""
    amina, fiona = friends
    flora = f"{fedify.url}/users/flora"
    fedify.says("Move", fedify.fiona, f"{server.url}/users/amina", target=flora)

    def moved() -> str:
        return str((amina.account(fiona["id"]).get("moved") or {}).get("acct", ""))

    assert until("the move arrives", moved) == f"flora@127.0.0.1:{fedify.port}"
    assert amina.account_relationships(fiona["id"])[0]["following"]
    assert [one["object"] for one in fedify.saw("Follow") if one.get("object") == flora] == []


def test_a_server_that_wants_every_request_signed(server: Server, tmp_path: Path, kind: str) -> None:
    """Authorized fetch both ways (P01, F15): the application actor signs, and nobody else."""
    first = CAVAGE if kind == "cavage" else "rfc9421"
    fedify = Fedify(tmp_path / "strict", FIRST_KNOCK=first, ONLY_KIND=kind, AUTHORIZED="yes")
    try:
        until("Fedify answers", fedify.is_up)
        server.add("amina")
        amina = server.client("amina")
        public = fedify.does("publish", name="open", text="For everybody who signs.")["id"]
        for address in (fedify.fiona, public):
            plain = httpx.get(address, headers={"Accept": "application/activity+json"}, timeout=60)
            assert plain.status_code == 401
        (found,) = amina.search_v2(public, resolve=True)["statuses"]
        assert found["content"] == "<p>For everybody who signs.</p>"
        assert found["account"]["acct"] == f"fiona@127.0.0.1:{fedify.port}"
        signers = {whose for _, whose in fedify.gets() if whose is not None}
        assert signers == {f"{server.url}/actor"}

        # What is for fiona is not for those who do not sign, and not given to others' guesses.
        fedify.does("follow", uri=f"{server.url}/users/amina")
        (asking,) = until("the follow arrives", amina.follow_requests)
        amina.follow_request_authorize(asking["id"])
        amina.account_follow(asking["id"])
        until("the friendship is mutual", lambda: amina.account_relationships(asking["id"])[0]["following"])
        amina.status_post("I bring the ladder.")
        (create,) = until("our post arrives", lambda: fedify.saw("Create"))
        plain = httpx.get(create["id"], headers={"Accept": "application/activity+json"}, timeout=60)
        assert plain.status_code == 404
        assert "ladder" in fedify.does("read", uri=create["id"])["content"]
    finally:
        fedify.stop()
