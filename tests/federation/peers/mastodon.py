"""Mastodon: `status_parser.rb`, `create.rb`, `fan_out_on_write_service.rb`, `status_policy.rb`,
`delete.rb`, `signature_verification.rb`."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from tests.federation.peers.double import Double, Kind, Scope
from tests.federation.peers.held import NOBODY, PUBLIC, Held, Place, copy_of, reach, tagged, words
from tests.federation.peers.messages import Wants
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Demands, Signs

A_DAY = timedelta(days=1)
# A Delete that comes first keeps its note out for so long; after it, a Create counts again.
DELETED_FIRST = timedelta(hours=6)


class Mastodon(Double):
    """Limited notes are for followers only; a note that names nobody is for the owner of the inbox it came
    to; a mention by somebody who is not followed waits in the filtered notifications."""

    software = "mastodon"
    version = "4.7.0"
    signs = Signs(
        post="(request-target) host date digest content-type",
        get="(request-target) host date",
    )
    demands = Demands(
        covered=frozenset({"digest"}),
        covered_get=frozenset({"host"}),
        one_of=(frozenset({"date", "(created)"}), frozenset({"(request-target)", "digest"})),
        algorithms=frozenset({"rsa-sha256", "hs2019"}),
        window=timedelta(hours=12),
        skew=timedelta(hours=1),
        query="either",
        twice=False,
    )
    messages = Wants()
    context: ClassVar[Any] = [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        {
            "ostatus": "http://ostatus.org#",
            "atomUri": "ostatus:atomUri",
            "conversation": "ostatus:conversation",
            "sensitive": "as:sensitive",
            "toot": "http://joinmastodon.org/ns#",
            "votersCount": "toot:votersCount",
            "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        },
    ]

    def __init__(self, *words: Any) -> None:
        self.deleted_first: dict[str, datetime] = {}
        super().__init__(*words)

    def writes_kinds(self, host: str) -> list[Kind]:
        return ["cavage", "rfc9421"]

    # -- what it keeps and shows

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        since = self.deleted_first.get(note["id"])
        if since is not None and self.clock() - since < DELETED_FIRST:
            return None
        to = words(note.get("to") or activity.get("to"))
        cc = words(note.get("cc") or activity.get("cc"))
        author, names = note["attributedTo"], tagged(note)
        people = {name: self.personas[name].uri in names for name in self.residents_in(to + cc)}
        if owner is not None:
            people.setdefault(owner, False)
        visibility = reach(to, cc, author)
        if visibility == "direct" and not all(people.values()):
            visibility = "limited"
        if not people and not self.anybody_follows(author):
            return None  # related to nobody here
        return copy_of(note, visibility, people, owner)

    def again(self, held: Held, owner: str | None) -> None:
        if owner is not None and owner not in held.people:
            held.people[owner] = False
            held.visibility = "limited" if held.visibility == "direct" else held.visibility

    def edited(self, held: Held, note: dict[str, Any]) -> None:
        super().edited(held, note)
        names = tagged(note)
        held.people = {
            name: active and self.personas[name].uri in names for name, active in held.people.items()
        }

    def unknown_update(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> None:
        published = datetime.fromisoformat(note["published"])
        if self.clock() - published < A_DAY and note["id"] not in self.gone:
            self.keep_new(self.judge(note, activity, owner))

    def comes_late(self, held: Held | None, uri: str) -> None:
        self.deleted_first[uri] = self.clock()

    def places(self, name: str, held: Held) -> frozenset[Place]:
        follows, active = self.is_following(name, held.author), held.people.get(name)
        if held.visibility == "limited":
            return frozenset({"home"}) if follows and active is not None else NOBODY
        if held.visibility == "direct":
            if not active:
                return NOBODY
            return frozenset({"notified", "conversation"}) if follows else frozenset({"filtered"})
        found: set[Place] = {"home"} if follows else set()
        return frozenset(found | ({"notified"} if active else set()))

    def answer_scope(self, held: Held) -> Scope:
        return "direct" if held.visibility == "direct" else "followers"  # limited is shown as private

    # -- what it says

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        return actor | {
            "following": f"{who.uri}/following",
            "outbox": f"{who.uri}/outbox",
            "featured": f"{who.uri}/collections/featured",
            "featuredTags": f"{who.uri}/collections/tags",
            "name": who.name.capitalize(),
            "summary": "<p>I sail.</p>",
            "url": f"https://{self.host}/@{who.name}",
            "manuallyApprovesFollowers": False,
            "discoverable": True,
            "indexable": False,
            "published": "2022-11-05T00:00:00Z",
            "memorial": False,
            "tag": [],
            "attachment": [{"type": "PropertyValue", "name": "Boat", "value": "<b>Ariel</b>"}],
            "attributionDomains": [],
        }

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        page = note["id"].rpartition("/")[2]
        collection = {"type": "Collection", "totalItems": 0}
        return note | {
            "summary": note.get("summary"),
            "inReplyTo": note.get("inReplyTo"),
            "url": f"https://{self.host}/@{who.name}/{page}",
            "sensitive": bool(note.get("summary")),
            "atomUri": note["id"],
            "inReplyToAtomUri": note.get("inReplyTo"),
            "conversation": f"tag:{self.host},2026-03-14:objectId={page}:objectType=Conversation",
            "contentMap": {"en": note["content"]},
            "attachment": note.get("attachment", []),
            "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
            "replies": {
                "id": f"{note['id']}/replies",
                "type": "Collection",
                "first": {"type": "CollectionPage", "partOf": f"{note['id']}/replies", "items": []},
            },
            "likes": collection | {"id": f"{note['id']}/likes"},
            "shares": collection | {"id": f"{note['id']}/shares"},
        }

    def wrap(self, activity: Activity, who: Resident) -> Activity:
        if activity["type"] == "Like":
            return {key: activity[key] for key in ("@context", "id", "type", "actor", "object")}
        if PUBLIC not in activity.get("to", []) or activity["type"] == "Announce":
            return activity
        # A signature over the linked data, which nobody has to believe: what is public has one.
        made = {"type": "RsaSignature2017", "creator": who.key_id, "created": "2026-03-14T09:00:00Z"}
        return activity | {"signature": made | {"signatureValue": "bm90aGluZw=="}}

    def quotes(self, who: Resident, about: str, text: str) -> Activity:
        """A quote of somebody's post, and what asks for their leave."""
        return who.writes(text, [PUBLIC], cc=(who.followers,), quote=about, quoteUri=about)
