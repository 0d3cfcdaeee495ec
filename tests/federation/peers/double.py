"""What all doubles have in common: residents, signatures, follows, copies of notes. See `software`."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedi_aid.net.fake import FakeInternet
from tests.federation.conftest import AS, Peer, Persona
from tests.federation.peers import signatures
from tests.federation.peers.signatures import Demands, Signs

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
# Where somebody meets a note: their home, a notification, a filtered one, a private conversation.
Place = Literal["home", "notified", "filtered", "conversation"]
NOBODY: frozenset[Place] = frozenset()


@dataclass
class Held:
    """A copy of a note. `people` are residents it is for: True when a Mention tag names them."""

    id: str
    author: str
    visibility: str
    people: dict[str, bool]
    note: dict[str, Any]
    inboxes: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return json.dumps(self.note, ensure_ascii=False)


class Resident(Persona):
    """Somebody on a double, with a key id in that software's form."""

    def __init__(self, peer: "Double", name: str) -> None:
        super().__init__(peer, name)
        self.double = peer
        self.key_id = self.uri + peer.signs.key

    def document(self) -> dict[str, Any]:
        made = super().document()
        del made["assertionMethod"]
        if self is self.double.itself:
            made["type"] = "Application"
        if self.double.shared_inbox:
            made["endpoints"] = {"sharedInbox": f"https://{self.peer.host}/inbox"}
        return made

    def sees(self, note_id: str) -> frozenset[Place]:
        held = self.double.held.get(note_id)
        return self.double.places(self.name, held) if held else NOBODY

    def reads(self, words: str) -> frozenset[Place]:
        """Where they meet anything that says these words."""
        seen = [self.sees(held.id) for held in self.double.held.values() if words in held.text]
        return frozenset().union(*seen)


class Double(Peer):
    """One server of some software. Subclasses say what it demands, keeps and shows."""

    software: ClassVar[str]
    version: ClassVar[str]
    signs: ClassVar[Signs]
    demands: ClassVar[Demands]
    shared_inbox: ClassVar[bool] = True
    understands_edits: ClassVar[bool] = True

    def __init__(self, internet: FakeInternet, clock: Callable[[], datetime]) -> None:
        super().__init__(internet, f"{self.software}.example", clock, plain=True)
        self.follows: set[tuple[str, str]] = set()
        self.held: dict[str, Held] = {}
        self.gone: set[str] = set()
        self.refused: list[str] = []
        self.actors: dict[str, dict[str, Any]] = {}
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
        """A known note of the same author changed."""
        held.note = note

    def unknown_update(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> None:
        """An Update of a note that is not here."""

    # -- questions its rules ask

    def residents_in(self, uris: list[str]) -> list[str]:
        names = {one.uri: name for name, one in self.personas.items() if name != "instance"}
        return [names[uri] for uri in dict.fromkeys(uris) if uri in names]

    def is_following(self, name: str, author: str) -> bool:
        return (name, author) in self.follows

    def anybody_follows(self, author: str) -> bool:
        return any(who == author for _, who in self.follows)

    # -- the wire

    async def _any(self, request: Request) -> Response:
        if request.method != "POST":
            return await self._give(request)
        body = await request.body()
        activity = json.loads(body)
        why = await self._objection(request, body, activity.get("actor"))
        if why:
            self.refused.append(why)
            return Response(why, 401)
        self.got.append(activity)
        self.got_at.append(request.url.path)
        name = request.url.path.removeprefix("/users/").removesuffix("/inbox")
        owner = name if name in self.personas else None
        if owner is None and (request.url.path != "/inbox" or not self.shared_inbox):
            return Response(b"", 404)
        self._take(activity, owner)
        return Response(b"", 202)

    async def _give(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        found = self._open(path, request.query_params.get("resource", ""))
        if found is not None:
            return JSONResponse(found)
        name = path.removeprefix("/users/").removesuffix("/main-key")
        if self.demands.signed_gets and not path.endswith("/main-key"):
            why = await self._objection(request, b"", None)
            if why:
                self.refused.append(f"GET {path}: {why}")
                return Response(why, 401)
        if path in self.documents:
            status, content = self.documents[path]
            return JSONResponse(content, status, media_type=AS)
        if not path.startswith("/users/") or name not in self.personas:
            return Response(b"", 404)
        document = self.personas[name].document()
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
        value = request.headers.get("signature")
        if value is None:
            return "unsigned"
        claim = signatures.read(value)
        signer = await self._actor(claim.key_id)
        if signer is None:
            return "no such key"
        if actor is not None and signer["id"] != actor:
            return "signed by somebody else"
        raw, query = request.scope["raw_path"].decode(), request.scope["query_string"].decode()
        return signatures.objection(
            self.demands,
            claim,
            request.method,
            raw + (f"?{query}" if query else ""),
            request.headers,
            body,
            self.host,
            signer["publicKey"]["publicKeyPem"],
            self.clock(),
        )

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
        """As this software signs: other options of `Peer.send` are for other tests."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        url = httpx.URL(inbox)
        headers = signatures.sign(
            self.signs,
            signer.key_id,
            signer.keys.rsa_private_pem,
            method,
            url.netloc.decode(),
            url.raw_path.decode(),
            body,
            self.clock(),
        )
        async with httpx.AsyncClient(transport=self.internet.seen_from(self.host)) as client:
            content = body if method == "POST" else None
            return await client.request(method, url, content=content, headers=headers)

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
            return
        held = self.judge(note, activity, owner)
        if held is not None:
            self.held[held.id] = held

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
            self.gone.add(uri)
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


def words(value: Any) -> list[str]:
    """A property that may be one or several."""
    return [value] if isinstance(value, str) else [one for one in value or [] if isinstance(one, str)]


def tagged(note: dict[str, Any]) -> set[str]:
    """Whom Mention tags name."""
    tags = note.get("tag") or []
    return {tag["href"] for tag in (tags if isinstance(tags, list) else [tags]) if tag["type"] == "Mention"}
