"""GoToSocial: `statusable.go`, `extract.go`, `visibility/status.go`, `home_timeline.go`, `authenticate.go`."""

from typing import Any, ClassVar

from tests.federation.peers.double import Double
from tests.federation.peers.held import NOBODY, PUBLIC, Held, Place, copy_of, reach, tagged, words
from tests.federation.peers.resident import Activity, Resident
from tests.federation.peers.signatures import Demands, Signs

TARGET_HOST_DATE = frozenset({"(request-target)", "host", "date"})


class GoToSocial(Double):
    """Only tags count; everything must be signed, GETs too; no shared inbox; the key has an address of its
    own. What is one is not a list there."""

    software = "gotosocial"
    version = "0.20.0"
    signs = Signs(
        post="(request-target) host date digest",
        get="(request-target) host date",
        algorithm="hs2019",
        key="/main-key",
    )
    demands = Demands(
        covered=TARGET_HOST_DATE | {"digest"},
        covered_get=TARGET_HOST_DATE,
        query="either",
        signed_gets=True,
    )
    context: ClassVar[Any] = [
        "https://gotosocial.org/ns",
        "https://w3id.org/security/v1",
        "https://www.w3.org/ns/activitystreams",
        {"sensitive": "as:sensitive", "manuallyApprovesFollowers": "as:manuallyApprovesFollowers"},
    ]
    shared_inbox = None

    def judge(self, note: dict[str, Any], activity: dict[str, Any], owner: str | None) -> Held | None:
        to, cc, author = words(note.get("to")), words(note.get("cc")), note["attributedTo"]
        if not to + cc:
            return None  # an error there
        names = dict.fromkeys(self.residents_in(list(tagged(note))), True)
        at_home = author.startswith(f"https://{self.host}/")
        if not at_home and (owner is None or (owner not in names and not self.is_following(owner, author))):
            return None  # not relevant
        return copy_of(note, reach(to, cc, author), names, owner)

    def edited(self, held: Held, note: dict[str, Any]) -> None:
        super().edited(held, note)
        held.people = dict.fromkeys(self.residents_in(list(tagged(note))), True)

    def places(self, name: str, held: Held) -> frozenset[Place]:
        if held.visibility == "direct":
            return frozenset({"home", "notified", "conversation"}) if name in held.people else NOBODY
        named: set[Place] = {"notified"} if name in held.people else set()
        return frozenset(named | ({"home"} if self.is_following(name, held.author) else set()))

    # -- what it says

    def dress_actor(self, actor: dict[str, Any], who: Resident) -> dict[str, Any]:
        return actor | {
            "following": f"{who.uri}/following",
            "outbox": f"{who.uri}/outbox",
            "featured": f"{who.uri}/collections/featured",
            "name": who.name.capitalize(),
            "url": f"https://{self.host}/@{who.name}",
            "discoverable": False,
            "manuallyApprovesFollowers": True,
            "published": "2024-01-01T00:00:00Z",
            "tag": [],
        }

    def dress(self, note: dict[str, Any], who: Resident) -> dict[str, Any]:
        page = note["id"].rpartition("/")[2]
        rule = {"always": [PUBLIC], "approvalRequired": [], "automaticApproval": [PUBLIC]}
        made = note | {
            "url": f"https://{self.host}/@{who.name}/statuses/{page}",
            "contentMap": {"en": note["content"]},
            "sensitive": False,
            "summary": note.get("summary", ""),
            "attachment": note.get("attachment", []),
            "interactionPolicy": {"canLike": rule, "canReply": rule, "canAnnounce": rule},
            "replies": {"id": f"{note['id']}/replies", "type": "Collection"},
        }
        return made | {key: _one(made[key]) for key in ("to", "cc", "tag")}

    def wrap(self, activity: Activity, who: Resident) -> Activity:
        return activity | {key: _one(activity[key]) for key in ("to", "cc") if key in activity}


def _one(several: Any) -> Any:
    return several[0] if isinstance(several, list) and len(several) == 1 else several
