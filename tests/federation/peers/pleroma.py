"""Pleroma and Akkoma: `transmogrifier.ex` (`fix_explicit_addressing`, `fix_addressing`), `visibility.ex`,
`utils.ex`, `http_signature_plug.ex`."""

from typing import Any, ClassVar

from tests.federation.peers.double import Double
from tests.federation.peers.held import NOBODY, PUBLIC, Held, Place, copy_of, reach, tagged, words
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Demands, Signs


class Pleroma(Double):
    """Who is not tagged is moved to `cc`, and a note with a `cc` is a private one; `directMessage` leaves
    `to` as it is."""

    software = "pleroma"
    version = "2.9.0"
    signs = Signs(  # remembered
        post="(request-target) content-length date digest host",
        get="(request-target) date host",
    )
    demands = Demands(covered=frozenset({"(request-target)"}), digest=False, query="either")
    context: ClassVar[Any] = [
        "https://www.w3.org/ns/activitystreams",
        "https://pleroma.example/schemas/litepub-0.1.jsonld",
        {"@language": "und"},
    ]

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to, cc, author = words(note.get("to")), words(note.get("cc")), note["attributedTo"]
        own = f"{author}/followers"
        cc = [uri for uri in cc if uri == own or not uri.endswith("/followers")]
        names, direct = tagged(note), note.get("directMessage") is True
        if not direct:
            kept = [uri for uri in to if uri in names or uri in (PUBLIC, own)]
            cc += [uri for uri in to if uri not in kept]
            to = kept
        if owner is not None and owner not in self.residents_in(to + cc):
            unaddressed = not self.residents_in(to + cc)
            if not unaddressed and not self.is_following(owner, author):
                return None
            cc.append(self.personas[owner].uri)
        visibility = reach(to, cc, author)
        if visibility == "direct" and not direct and cc:
            visibility = "named"  # it says "private" too, and its recipients are those named
        told = self.residents_in(to)
        people = {name: name in told for name in self.residents_in(to + cc)}
        return copy_of(note, visibility, people, owner) if people or self.anybody_follows(author) else None

    def places(self, name: str, held: Held) -> frozenset[Place]:
        told = held.people.get(name)
        if held.visibility == "direct":
            return frozenset({"notified", "conversation"}) if told is not None else NOBODY
        follows = self.is_following(name, held.author) and held.visibility != "named"
        if told is None and not follows:
            return NOBODY
        return frozenset({"home", "notified"}) if told else frozenset({"home"})

    # -- what it says

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        return actor | {
            "following": f"{who.uri}/following",
            "outbox": f"{who.uri}/outbox",
            "featured": f"{who.uri}/collections/featured",
            "name": who.name.capitalize(),
            "summary": "",
            "url": who.uri,
            "capabilities": {"acceptsChatMessages": True},
            "discoverable": False,
            "manuallyApprovesFollowers": False,
            "alsoKnownAs": [],
            "attachment": [],
            "tag": [],
        }

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        context = f"https://{self.host}/contexts/{note['id'].rpartition('/')[2]}"
        return note | {
            "actor": who.uri,
            "context": context,
            "conversation": context,
            "source": {"content": note["content"], "mediaType": "text/plain"},
            "summary": note.get("summary", ""),
            "sensitive": None,
            "attachment": note.get("attachment", []),
            "emoji": {},
        }

    def wrap(self, activity: Activity, who: Resident) -> Activity:
        if activity["type"] not in ("Create", "Like", "Announce"):
            return activity
        about = activity["object"]
        context = about["context"] if isinstance(about, dict) else f"{about}#context"
        direct = activity["type"] == "Create" and PUBLIC not in activity["to"] + activity.get("cc", [])
        return activity | {"context": context, "directMessage": direct}

    def reacts(self, who: Resident, held: Held, emoji: str) -> Activity:
        made = who.likes(held)
        return made | {"type": "EmojiReact", "content": emoji, "cc": [who.followers]}
