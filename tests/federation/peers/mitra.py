"""Mitra: `handlers/note.rs` (`get_object_tags`, `get_object_visibility`), `can_view_post`, `announce.rs`,
`apx_sdk`."""

from datetime import timedelta
from typing import Any, ClassVar

from tests.federation.peers.byname import ByName
from tests.federation.peers.double import Kind
from tests.federation.peers.held import PUBLIC
from tests.federation.peers.messages import Wants
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Demands, Signs

RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"


class Mitra(ByName):
    """A known actor in `to` becomes a mention; what names nobody has no viewer. It signs as RFC 9421 says
    where the other server says that it can read that."""

    software = "mitra"
    version = "5.0.0"
    signs = Signs(post="(request-target) host date digest", get="(request-target) host date")
    demands = Demands(
        covered=frozenset({"(request-target)", "host"}),
        covered_get=frozenset({"(request-target)", "host"}),
        window=timedelta(hours=12),
    )
    messages = Wants(skew=timedelta(0))
    context: ClassVar[Any] = [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v1",
        {
            "Hashtag": "as:Hashtag",
            "sensitive": "as:sensitive",
            "litepub": "http://litepub.social/ns#",
            "EmojiReact": "litepub:EmojiReact",
            "quoteUrl": "as:quoteUrl",
        },
    ]
    shared_inbox = None

    def writes_kinds(self, host: str) -> list[Kind]:
        known = [actor for actor in self.actors.values() if f"https://{host}/" in actor["id"]]
        says_so = any(RFC9421 in str(actor.get("generator")) for actor in known)
        return ["rfc9421"] if says_so else ["cavage", "rfc9421"]

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        understands = [{"name": "RFC-9421: HTTP Message Signatures", "href": RFC9421}]
        return actor | {
            "following": f"{who.uri}/following",
            "outbox": f"{who.uri}/outbox",
            "featured": f"{who.uri}/collections/featured",
            "name": who.name.capitalize(),
            "url": f"https://{self.host}/@{who.name}",
            "manuallyApprovesFollowers": False,
            "generator": {"type": "Application", "implements": understands},
            "gateways": [f"https://{self.host}"],
        }

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        return note | {
            "context": f"{note['id']}/context",
            "replies": f"{note['id']}/replies",
            "updated": None,
        }

    def reacts(self, who: Resident, held: Any, emoji: str) -> Activity:
        return who.likes(held) | {"type": "EmojiReact", "content": emoji}

    def quotes(self, who: Resident, about: str, text: str) -> Activity:
        """A link of the object (FEP-e232), and the older words for the same."""
        made = who.writes(text, [PUBLIC], cc=(who.followers,), quoteUrl=about)
        media = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
        rel = "https://misskey-hub.net/ns#_misskey_quote"
        link = {"type": "Link", "name": about, "href": about, "mediaType": media, "rel": rel}
        made["object"]["tag"] = [*made["object"]["tag"], link]
        return made
