"""snac2: `activitypub.c` (`is_msg_for_me`, `process_input_message`), `http.c`."""

from typing import Any

from tests.federation.peers.byname import ByName
from tests.federation.peers.held import Held
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Demands, Signs


class Snac(ByName):
    """Dropped unless the owner is named, or their author's own followers are. It takes everything in and
    verifies later; of a signature it wants no more than that it fits."""

    software = "snac"
    version = "2.83"
    signs = Signs(post="(request-target) host digest date", get="(request-target) host date")
    demands = Demands(digest=False, own_host=False, query="ignored")
    context = "https://www.w3.org/ns/activitystreams"
    actor_path = "/{name}"
    shared_inbox = "/shared-inbox"
    answers_first = True

    def keep(self, held: Held, owner: str | None) -> Held | None:
        if held.visibility == "private" and (
            held.author.startswith(f"https://{self.host}/")
            or (owner and self.is_following(owner, held.author))
        ):
            return held
        wanted = owner in held.people or held.visibility in ("public", "unlisted")
        return held if wanted else None

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        return actor | {
            "following": f"{who.uri}/following",
            "outbox": f"{who.uri}/outbox",
            "featured": f"{who.uri}/featured",
            "name": who.name.capitalize(),
            "summary": "<p>small</p>",
            "url": who.uri,
            "manuallyApprovesFollowers": False,
            "discoverable": False,
        }

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        return note | {
            "url": note["id"],
            "context": f"{note['id']}#ctxt",
            "sourceContent": note["content"],
            "summary": note.get("summary", "..."),
            "sensitive": False,
            "attachment": note.get("attachment", []),
        }

    def reacts(self, who: Resident, held: Held, emoji: str) -> Activity:
        return who.likes(held) | {"type": "EmojiReact", "content": emoji}
