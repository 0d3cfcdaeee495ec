"""What all doubles have in common: the wire, signatures, follows, copies of notes. See `software`."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedi_aid.net.fake import FakeInternet
from tests.federation.conftest import AS, Peer, Persona
from tests.federation.peers import messages, signatures
from tests.federation.peers.held import NOBODY, Held, Place, words
from tests.federation.peers.messages import Wants
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Asked, Demands, Signs

Kind = Literal["cavage", "rfc9421"]
Scope = Literal["direct", "followers"]


class Double(Peer):
    """One server of some software. Subclasses say what it demands, keeps, shows and says."""

    software: ClassVar[str]
    version: ClassVar[str]
    signs: ClassVar[Signs]
    demands: ClassVar[Demands]
    messages: ClassVar[Wants | None] = None  # what it wants of RFC 9421; None: it cannot read that
    context: ClassVar[Any] = "https://www.w3.org/ns/activitystreams"
    actor_path: ClassVar[str] = "/users/{name}"
    shared_inbox: ClassVar[str | None] = "/inbox"
    max_body: ClassVar[int] = 1_000_000
    answers_first: ClassVar[bool] = False  # 202 to everybody, and verified later
    understands_edits: ClassVar[bool] = True

    def __init__(self, internet: FakeInternet, clock: Callable[[], datetime]) -> None:
        super().__init__(internet, f"{self.software}.example", clock, plain=True)
        self.follows: set[tuple[str, str]] = set()
        self.held: dict[str, Held] = {}
        self.gone: set[str] = set()
        self.refused: list[str] = []
        self.notifications: list[tuple[str, str]] = []  # (resident, note id), as often as it rang
        self.actors: dict[str, dict[str, Any]] = {}
        self.reads_kinds: set[Kind] = {"cavage"} | ({"rfc9421"} if self.messages else set())
        self.itself = self.resident("instance")

    def resident(self, name: str) -> Resident:
        found = self.personas.setdefault(name, Resident(self, name))
        assert isinstance(found, Resident)
        return found

    # -- what the software decides

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        """The copy it keeps of a note that came to `owner`'s inbox (None: the shared one); None: dropped."""
        raise NotImplementedError

    def places(self, name: str, held: Held) -> frozenset[Place]:
        """Where this resident meets a note that is kept here."""
        raise NotImplementedError

    def again(self, held: Held, owner: str | None) -> None:
        """The same note came once more, to another inbox."""

    def edited(self, held: Held, note: dict[str, Any]) -> None:
        """A known note of the same author changed: its words, never its audience."""
        held.note = note

    def unknown_update(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> None:
        """An Update of a note that is not here."""

    def comes_late(self, held: Held | None, uri: str) -> None:
        """A Delete came: what it leaves behind, so that a Create that comes after it stays out."""
        self.gone.add(uri)

    def may_boost(self, name: str, held: Held) -> bool:
        return held.visibility in ("public", "unlisted")

    def answer_scope(self, held: Held) -> Scope:
        """Whom an answer to this note is for when its writer changes nothing in the composer."""
        return "direct"

    # -- what it says, in its own way

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        return actor

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        """A note of a resident with what this software adds to it."""
        return note

    def wrap(self, activity: Activity, who: Resident) -> Activity:
        """An activity of a resident with what this software adds around it."""
        return activity

    # -- questions its rules ask

    def residents_in(self, uris: list[str]) -> list[str]:
        names = {one.uri: name for name, one in self.personas.items() if name != "instance"}
        return [names[uri] for uri in dict.fromkeys(uris) if uri in names]

    def is_following(self, name: str, author: str) -> bool:
        return (name, author) in self.follows

    def anybody_follows(self, author: str) -> bool:
        return any(who == author for _, who in self.follows)

    def owner_of(self, path: str) -> str | None:
        """Whose inbox this is; None for the shared one and what is nobody's."""
        inboxes = {urlsplit(one.inbox).path: name for name, one in self.personas.items()}
        return inboxes.get(path)

    def copies(self, author: str) -> list[Held]:
        return [held for held in self.held.values() if held.author == author]

    # -- the wire

    async def _any(self, request: Request) -> Response:
        if request.method != "POST":
            return await self._give(request)
        body = await request.body()
        if len(body) > self.max_body:
            self.refused.append("too long")
            return Response(b"", 413)
        activity = json.loads(body)
        why = await self._objection(request, body, activity.get("actor"))
        if why:
            self.refused.append(why)
            return Response(b"", 202) if self.answers_first else Response(why, 401)
        owner = self.owner_of(request.url.path)
        if owner is None and request.url.path != self.shared_inbox:
            self.refused.append("nobody's inbox")
            return Response(b"", 404)
        self.got.append(activity)
        self.got_at.append(request.url.path)
        self._take(activity, owner)
        return Response(b"", 202)

    async def _give(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        found = self._open(path, request.query_params.get("resource", ""))
        if found is not None:
            return JSONResponse(found)
        named = {urlsplit(one.uri).path: one for one in self.personas.values()}
        who = named.get(path.removesuffix("/main-key"))
        # The server's own actor is for everybody: else two of them could never read each other's keys.
        if self.demands.signed_gets and not path.endswith("/main-key") and who is not self.itself:
            why = await self._objection(request, b"", None)
            if why:
                self.refused.append(f"GET {path}: {why}")
                return Response(why, 401)
        if path in self.documents:
            status, content = self.documents[path]
            return JSONResponse(content, status, media_type=AS)
        if who is None:
            return Response(b"", 404)
        document = who.document()
        if path.endswith("/main-key"):
            document = {key: document[key] for key in ("@context", "id", "type", "publicKey")}
        return JSONResponse(document, media_type=AS)

    def _open(self, path: str, resource: str) -> dict[str, Any] | None:
        """What everybody is told without a signature."""
        name = resource.removeprefix("acct:").removesuffix(f"@{self.host}")
        if path == "/.well-known/webfinger" and name in self.personas:
            link = {"rel": "self", "type": AS, "href": self.personas[name].uri}
            return {"subject": f"acct:{name}@{self.host}", "links": [link]}
        if path == "/.well-known/nodeinfo":
            rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
            return {"links": [{"rel": rel, "href": f"https://{self.host}/nodeinfo/2.0"}]}
        if path == "/nodeinfo/2.0":
            return {"version": "2.0", "software": {"name": self.software, "version": self.version}}
        return None

    async def _objection(self, request: Request, body: bytes, actor: str | None) -> str:
        value, described = request.headers.get("signature"), request.headers.get("signature-input")
        if value is None:
            return "unsigned"
        asked = Asked(
            method=request.method,
            path=request.scope["raw_path"].decode(),
            query=request.scope["query_string"].decode(),
            headers=request.headers,
            body=body,
            host=self.host,
        )
        if described is not None and self.messages is not None and "rfc9421" in self.reads_kinds:
            signed = messages.read(described, value)
            signer = await self._actor(signed.key_id) if signed else None
            if signed is None or signer is None:
                return "no such key"
            pem = signer["publicKey"]["publicKeyPem"]
            why = messages.objection(self.messages, signed, asked, pem, self.clock())
        elif described is None and "cavage" in self.reads_kinds:
            claim = signatures.read(value)
            signer = await self._actor(claim.key_id)
            if signer is None:
                return "no such key"
            pem = signer["publicKey"]["publicKeyPem"]
            why = signatures.objection(self.demands, claim, asked, pem, self.clock())
        else:
            return "a kind of signature that is not read here"
        return why or ("signed by somebody else" if actor not in (None, signer["id"]) else "")

    async def _actor(self, key_id: str) -> dict[str, Any] | None:
        """The actor that lists this key, asked for with a GET signed by this server's own actor."""
        if key_id not in self.actors:
            answer = await self.send(self.itself, key_id.partition("#")[0], b"", method="GET")
            if answer.status_code != 200:
                return None
            document = answer.json()
            if document["publicKey"]["id"] != key_id or document["publicKey"]["owner"] != document["id"]:
                return None
            self.actors[key_id] = document
        return self.actors[key_id]

    async def send(
        self, signer: Persona, inbox: str, activity: dict[str, Any] | bytes, *, method: str = "POST", **_: Any
    ) -> httpx.Response:
        """As this software signs, one kind after the other where it knows both and the first is refused;
        other options of `Peer.send` are for other tests."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        url = httpx.URL(inbox)
        answer = None
        async with httpx.AsyncClient(transport=self.internet.seen_from(self.host)) as client:
            for kind in self.writes_kinds(url.host):
                headers = self._signed(kind, signer, method, url, body)
                content = body if method == "POST" else None
                answer = await client.request(method, url, content=content, headers=headers)
                if answer.status_code not in (400, 401, 403):
                    break
        assert answer is not None
        return answer

    def writes_kinds(self, host: str) -> list[Kind]:
        """The kinds of signatures it sends, in the order of its knocks."""
        return ["cavage"]

    def _signed(
        self, kind: Kind, signer: Persona, method: str, url: httpx.URL, body: bytes
    ) -> dict[str, str]:
        pem, now = signer.keys.rsa_private_pem, self.clock()
        if kind == "rfc9421":
            return messages.sign(signer.key_id, pem, method, str(url), body, now)
        target, host = url.raw_path.decode(), url.netloc.decode()
        return signatures.sign(self.signs, signer.key_id, pem, method, host, target, body, now)

    # -- activities

    def _take(self, activity: dict[str, Any], owner: str | None) -> None:
        act = {
            "Create": self._create,
            "Update": self._update,
            "Delete": self._delete,
            "Accept": self._accept,
            "Reject": self._reject,
        }.get(activity["type"])
        if act is not None:  # all others are ignored without an error, as they do
            act(activity, owner)

    def _create(self, activity: dict[str, Any], owner: str | None) -> None:
        note = activity["object"]
        if note["attributedTo"] != activity["actor"] or note["id"] in self.gone:
            return
        if note["id"] in self.held:
            self.again(self.held[note["id"]], owner)
        else:
            self.keep_new(self.judge(note, activity, owner))

    def keep_new(self, held: Held | None) -> None:
        """Keep a copy, and ring where its rules say so."""
        if held is None:
            return
        self.held[held.id] = held
        for name in self.personas:
            if {"notified", "filtered"} & self.places(name, held):
                self.notifications.append((name, held.id))

    def _update(self, activity: dict[str, Any], owner: str | None) -> None:
        note = activity["object"]
        if not isinstance(note, dict) or note.get("type") != "Note" or not self.understands_edits:
            return
        held = self.held.get(note["id"])
        if held is None:
            self.unknown_update(note, activity, owner)
        elif held.author == activity["actor"] == note["attributedTo"]:
            self.edited(held, note)

    def _delete(self, activity: dict[str, Any], owner: str | None) -> None:
        about = activity["object"]
        uri = about["id"] if isinstance(about, dict) else about
        held = self.held.get(uri)
        if held is None or held.author == activity["actor"]:
            self.comes_late(held, uri)
            self.held.pop(uri, None)

    def _accept(self, activity: dict[str, Any], owner: str | None) -> None:
        for name in self.residents_in([_who(activity["object"], owner, self)]):
            self.follows.add((name, activity["actor"]))

    def _reject(self, activity: dict[str, Any], owner: str | None) -> None:
        for name in self.residents_in([_who(activity["object"], owner, self)]):
            self.follows.discard((name, activity["actor"]))


def _who(follow: Any, owner: str | None, double: Double) -> str:
    if isinstance(follow, dict) and isinstance(follow.get("actor"), str):
        return str(follow["actor"])
    return double.personas[owner].uri if owner else ""


__all__ = ["NOBODY", "Double", "Held", "Kind", "Place", "Resident", "Scope", "words"]
