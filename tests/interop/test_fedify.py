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

from fedi_aid.activitypub import actors, extension
from fedi_aid.activitypub.signatures import keys, proofs
from fedi_aid.activitypub.signatures.refusals import BadSignature
from tests.interop.npm import installed
from tests.scenario.servers import Server, free_port, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("default"),  # of the client library's own dependencies
]

VERSION = "2.3.6"
HERE = Path(__file__).parent
CAVAGE = "draft-cavage-http-signatures-12"


class Fedify:
    """A server with one actor, fiona; see fedify/server.mjs."""

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
            return httpx.get(f"{self.url}/_test/seen", timeout=5).status_code == 200
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
        seen = httpx.get(f"{self.url}/_test/seen", timeout=10).json()["seen"]
        return [one for one in seen if one["type"] == kind]

    def posts(self) -> list[tuple[str, int]]:
        """(kind of signature, status) of every POST to an inbox there."""
        return [tuple(one) for one in httpx.get(f"{self.url}/_test/seen", timeout=10).json()["posts"]]


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
    fiona = httpx.get(fedify.fiona, headers={"Accept": "application/activity+json"}, timeout=10).json()
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
