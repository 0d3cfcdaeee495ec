"""Misskey: `ApAudienceService.ts`, `ApInboxService.ts`, `ActivityPubServerService.ts`,
`InboxProcessorService.ts`."""

from datetime import timedelta
from typing import Any, ClassVar

from tests.federation.peers.byname import ByName
from tests.federation.peers.held import PUBLIC, Held
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Demands, Signs


class Misskey(ByName):
    """Explicit actors, everything unknown is nobody. Every POST has its 202 if it looks signed, and is
    verified later. An Update is for people and polls: notes cannot be edited there."""

    software = "misskey"
    version = "2026.8.0"
    signs = Signs(
        post="(request-target) date host digest",
        get="(request-target) date host accept",
    )
    demands = Demands(
        covered=frozenset({"(request-target)", "host", "digest"}),
        covered_get=frozenset({"(request-target)", "host"}),
        window=timedelta(minutes=5),
    )
    context: ClassVar[Any] = [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        {
            "misskey": "https://misskey-hub.net/ns#",
            "_misskey_content": "misskey:_misskey_content",
            "_misskey_quote": "misskey:_misskey_quote",
            "_misskey_reaction": "misskey:_misskey_reaction",
            "_misskey_votes": "misskey:_misskey_votes",
            "isCat": "misskey:isCat",
            "quoteUrl": "as:quoteUrl",
        },
    ]
    actor_path = "/users/9{name}x"  # an id, and no name
    max_body = 64 * 1024
    answers_first = True
    understands_edits = False

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        return actor | {
            "following": f"{who.uri}/following",
            "outbox": f"{who.uri}/outbox",
            "sharedInbox": f"https://{self.host}/inbox",
            "featured": f"{who.uri}/collections/featured",
            "name": who.name.capitalize(),
            "summary": "<p><span>I have a </span><i>cat</i></p>",
            "_misskey_summary": "I have a *cat*",
            "url": f"https://{self.host}/@{who.name}",
            "manuallyApprovesFollowers": False,
            "discoverable": True,
            "isCat": True,
            "attachment": [],
            "tag": [],
        }

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        return note | {
            "inReplyTo": note.get("inReplyTo"),
            "summary": note.get("summary"),
            "_misskey_summary": note.get("summary"),
            "_misskey_content": note["content"],
            "source": {"content": note["content"], "mediaType": "text/x.misskeymarkdown"},
            "attachment": note.get("attachment", []),
            "sensitive": False,
        }

    def wrap(self, activity: Activity, who: Resident) -> Activity:
        if activity["type"] != "Like":
            return activity
        return activity | {"content": "👍", "_misskey_reaction": "👍"}

    def quotes(self, who: Resident, about: str, text: str) -> Activity:
        more = {"_misskey_quote": about, "quoteUrl": about}
        made = who.writes(f"{text}<br><br>RE: {about}", [PUBLIC], cc=(who.followers,), **more)
        return made

    def may_boost(self, name: str, held: Held) -> bool:
        """Their own too, for their followers."""
        return super().may_boost(name, held) or (
            held.visibility == "private" and held.author == self.personas[name].uri
        )
