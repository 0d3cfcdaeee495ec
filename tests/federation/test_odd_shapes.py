"""Every field of every activity that is understood, in eight odd shapes: read, or refused with a sentence (J10).

The handlers are called as the inbox's job calls them, each time on the same state. What comes before them, the
inbox itself, gets the same over HTTP.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from fedi_aid.activitypub import actors, documents, quoted, remote
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.understood import LINK, UNDERSTOOD, understand
from fedi_aid.errors import FediAidError, NotFound
from fedi_aid.storage import people
from fedi_aid.storage.federation import Received
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio

PUBLIC = documents.PUBLIC
SHAPES: list[Any] = [
    None,
    True,
    7.5,
    "odd",
    [],
    {},
    [None, {"id": 5}, [["x"]], {"href": {"id": []}}],
    {"id": {"id": []}, "type": 3, "href": False, "name": ["x"], "items": {"a": 1}},
]
# Fields that a handler may look at and a plain activity need not have.
OF_ACTIVITIES = (
    "to",
    "cc",
    "target",
    "instrument",
    "result",
    "content",
    "tag",
    "proof",
    "published",
    "@context",
)
OF_NOTES = (
    *(
        "content",
        "contentMap",
        "summary",
        "summaryMap",
        "name",
        "nameMap",
        "mediaType",
        "sensitive",
        "published",
    ),
    *("updated", "inReplyTo", "context", "replies", "url", "attachment", "image", "tag", "oneOf", "anyOf"),
    *("endTime", "startTime", "location", "closed", "votersCount", "quote", "quoteAuthorization", "proof"),
    *(
        "intimacyLevel",
        "helpFlag",
        "revision",
        "helpOffer",
        "project",
        "causes",
        "interactionPolicy",
        "attributedTo",
    ),
)


class Rolled(Exception):
    """Ends a transaction whose effects are not wanted."""


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", allow_public_posts=True)


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")


class Base:
    """Well-formed activities by Frank, about things that exist."""

    def __init__(self, frank: Persona, amina: str, *, post: str, note: dict[str, Any]) -> None:
        self.frank, self.amina, self.post, self.note = frank, amina, post, note
        self.asked = frank.peer.said("Follow")[-1]

    def make(self, kind: str, inner: str) -> dict[str, Any]:
        made = self.frank.says(kind, self._object(kind, inner), to=[self.amina])
        if kind == "Add" or kind == "Remove":
            made["target"] = f"{self.frank.uri}/collections/featured"
        if kind == "Move":
            made["target"] = f"{self.frank.uri}2"
        if kind == "Offer":
            ticket = {"type": "CarryTicket", "id": self.frank.id("t"), "attributedTo": self.frank.uri}
            made |= {"target": self.amina, "instrument": ticket | {"target": self.frank.uri, "seats": 1}}
        return made

    def _object(self, kind: str, inner: str) -> Any:
        if inner == LINK:
            return self._link(kind)
        if inner == "Follow":
            return self.asked if kind != "Undo" else self._done("Follow", self.amina)
        if kind == "Undo" or inner == "Offer":
            return self._done(inner, self.post)
        if inner in ("Create", "Update"):
            return {
                **self._done(inner, self.note),
                "proof": {"type": "DataIntegrityProof", "proofValue": "z"},
            }
        if inner in ("Person", "Service", "Application", "Group", "Organization"):
            return self.frank.document() | {"type": inner}
        if inner == "Tombstone":
            return {"id": self.note["id"], "type": inner}
        note = self.note | {"type": inner, "updated": "2026-03-14T09:30:00Z"}
        if kind == "Create":
            note["id"] = self.frank.id("notes/new")
        if inner == "Question":
            note["oneOf"] = [{"type": "Note", "name": "yes", "replies": {"totalItems": 1}}]
        return note

    def _link(self, kind: str) -> str:
        if kind in ("Follow", "Block"):
            return self.amina
        if kind in ("Accept", "Reject"):
            return str(self.asked["id"])
        if kind in ("Add", "Remove", "Delete"):
            return str(self.note["id"])
        return self.frank.uri if kind == "Move" else self.post

    def _done(self, kind: str, about: Any) -> dict[str, Any]:
        return {"id": self.frank.id("done/1"), "type": kind, "actor": self.frank.uri, "object": about}


async def base_of(fediverse: Fediverse, one: Server, frank: Persona) -> Base:
    """Amina has written to Frank, and he to everybody."""
    await one.amina.writes("Who has a ladder?")
    await fediverse.settle()
    post = frank.peer.said("Create")[-1]["object"]["id"]
    note = frank.note("At six?", [PUBLIC], "notes/known", cc=[one.amina.uri], tag=[])
    await frank.posts(one.amina.inbox, frank.says("Create", note, to=[PUBLIC]))
    await fediverse.settle()
    return Base(frank, one.amina.uri, post=post, note=note)


def bent(activity: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The activity with one field in one odd shape, for every field at three depths and every shape."""
    paths: list[tuple[str, ...]] = [(key,) for key in dict.fromkeys([*activity, *OF_ACTIVITIES])]
    inner = activity["object"]
    of_object = OF_NOTES if activity.get("type") in ("Create", "Update", "Announce") else ()
    for name, fields in (("object", of_object), ("instrument", ())):
        if isinstance(activity.get(name), dict):
            paths += [(name, key) for key in dict.fromkeys([*activity[name], *fields])]
    if isinstance(inner, dict):
        for key, value in inner.items():
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, dict):
                paths += [("object", key, deeper) for deeper in first]
    for path in paths:
        for number, shape in enumerate(SHAPES):
            made = copy.deepcopy(activity)
            at: Any = made
            for step in path[:-1]:
                at = at[step][0] if isinstance(at[step], list) else at[step]
            at[path[-1]] = copy.deepcopy(shape)
            yield f"{'.'.join(path)} in shape {number}", made


def try_all(tx: Tx, base: Base, kind: str, inner: str, tried: list[int]) -> None:
    signer, owner = people.by_uri(tx, base.frank.uri), people.by_uri(tx, base.amina)
    assert signer is not None
    activity = base.make(kind, inner)
    for what, made in [("unbent", activity), *bent(activity)]:
        try:
            body = json.dumps(made).encode()
            written = documents.parse(body)
            received = Received(
                id=0,
                uri=activity["id"],
                actor_uri=base.frank.uri,
                inbox_of=owner.id if owner else 0,
                kind=kind,
                body=body,
                signer_uri=base.frank.uri,
                created_at=tx.now,
            )
            plain = documents.normalised(written)
            arrived = Arrived(
                received=received, signer=signer, inbox_of=owner, written=written, activity=plain
            )
            with tx.undone_alone():
                understand(tx, arrived)
                raise Rolled
        except (FediAidError, Rolled):
            tried[0] += 1
        except Exception as problem:
            raise AssertionError(f"{kind}({inner}): {what}") from problem


@pytest.mark.parametrize("posts", [True, False], ids=["of posts", "of everything else"])
async def test_every_field_of_every_activity(
    fediverse: Fediverse, one: Server, frank: Persona, posts: bool
) -> None:
    """J10: whatever the shape, an activity is handled or refused with a sentence; nothing else is raised."""
    base = await base_of(fediverse, one, frank)
    tried = [0]
    handled = set()
    for (kind, inner), handler in UNDERSTOOD.items():
        # Types that one handler treats alike are tried once; some works have fields of their own.
        shared = (kind, handler, inner == LINK) in handled and inner not in ("Question", "Event", "Video")
        if (kind in ("Create", "Update")) == posts and not shared:
            handled.add((kind, handler, inner == LINK))
            await one.instance.db.write(try_all, base, kind, inner, tried)
    assert tried[0] > 1_000
    assert not any("buried" in name for name in await one.waiting())


async def test_every_field_at_the_door(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """J10: the inbox answers 202 or refuses; never 5xx."""
    base = await base_of(fediverse, one, frank)
    for kind, inner in (("Create", "Note"), ("Offer", "Create"), ("Delete", LINK)):
        activity = base.make(kind, inner)
        for what, made in bent({"object": activity.pop("object"), **activity}):
            if what.startswith("object.") and kind != "Offer":
                continue
            answer = await frank.posts(one.amina.inbox, made)
            assert answer.status_code in (202, 400, 401), (kind, what, answer.status_code)
    await fediverse.settle()
    assert not any("buried" in name for name in await one.waiting())


async def test_every_field_of_what_is_fetched(frank: Persona) -> None:
    """J10: actors, WebFinger answers and stamps of others are read, refused, or not found."""
    document = frank.document() | {
        "name": "Frank",
        "summary": "<p>x</p>",
        "icon": {"type": "Image", "url": "https://plain.example/f.png"},
        "image": [{"type": "Image", "url": {"href": "https://plain.example/f.png"}}],
        "attachment": [{"type": "PropertyValue", "name": "x", "value": "y"}],
        "tag": [{"type": "Emoji", "name": ":x:", "icon": {"url": "https://plain.example/x.png"}}],
        "endpoints": {"sharedInbox": "https://plain.example/inbox"},
        "alsoKnownAs": ["https://plain.example/users/other"],
        "featured": "https://plain.example/featured",
        "published": "2026-03-14T08:59:00Z",
        "discoverable": True,
        "generator": {"implements": [{"href": "x"}]},
    }
    for what, made in bent({"object": document}):
        try:
            actor = documents.normalised(documents.parse(json.dumps(made).encode()))["object"]
            actors.is_actor(actor)
            actors.read_actor(actor, "plain.example", None)
        except FediAidError:
            pass
        except Exception as problem:
            raise AssertionError(what) from problem
    link = {"rel": "self", "type": "application/activity+json", "href": frank.uri}
    for what, made in bent({"object": {"subject": "acct:frank@plain.example", "links": [link]}}):
        try:
            remote._read_jrd(json.dumps(made["object"]).encode(), "frank", "plain.example")
        except (FediAidError, NotFound):
            pass
        except Exception as problem:
            raise AssertionError(what) from problem
    stamp = {"type": "QuoteAuthorization", "id": "x", "attributedTo": frank.uri, "interactingObject": "a"}
    for _, made in bent({"object": stamp | {"interactionTarget": "b"}}):
        assert not quoted.is_stamp(made["object"], frank.uri, "a", "c")
