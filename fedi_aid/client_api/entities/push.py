"""WebPushSubscription, and what a push says on a locked screen: seldom more than who."""

from typing import Final, Literal

import msgspec

from fedi_aid.client_api.entities.account import account
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member
from fedi_aid.storage.push import Subscription
from fedi_aid.storage.timelines import Notice

ALERTS: Final = (
    *("mention", "quote", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update"),
    *("quoted_update", "admin.sign_up", "admin.report"),
)
TITLE_MAX: Final = 100
BODY_MAX: Final = 140
NUMBER_MOD: Final = 2**31 - 1

Language = Literal["en", "fr"]

TITLES: Final[dict[str, dict[Language, str]]] = {
    "mention": {"en": "{name} wrote to you", "fr": "{name} vous a écrit"},
    "status": {"en": "{name} has written something", "fr": "{name} a écrit quelque chose"},
    "reblog": {"en": "{name} passed your post on", "fr": "{name} a relayé votre message"},
    "follow": {"en": "{name} follows you", "fr": "{name} vous suit"},
    "follow_request": {"en": "{name} would like to be your friend", "fr": "{name} aimerait être votre ami·e"},
    "favourite": {"en": "{name} liked your post", "fr": "{name} a aimé votre message"},
    "poll": {"en": "A poll has ended", "fr": "Un sondage est terminé"},
    "admin.sign_up": {"en": "{name} would like to join", "fr": "{name} aimerait venir"},
    "admin.report": {"en": "There is a new report", "fr": "Il y a un nouveau signalement"},
    "update": {"en": "{name} changed a post", "fr": "{name} a modifié un message"},
}
OTHER: Final[dict[Language, str]] = {"en": "Something new for you", "fr": "Du nouveau pour vous"}
NEUTRAL: Final[dict[Language, str]] = {
    "en": "Open the app to read it.",
    "fr": "Ouvrez l’application pour le lire.",
}


def subscription(found: Subscription, server_key: str) -> Json:
    """WebPushSubscription. Its id is a number of 31 bits: some clients read it into an int."""
    return {
        "id": found.id % NUMBER_MOD,
        "endpoint": found.endpoint,
        "standard": found.standard,
        "alerts": {name: found.alerts.get(name, False) for name in ALERTS},
        "policy": found.policy,
        "server_key": server_key,
    }


def message(look: Look, member: Member, notice: Notice, token: str, *, quiet: bool) -> bytes:
    """The payload that clients know, as JSON. `quiet`: it says nothing of what was written."""
    language: Language = "fr" if member.locale.startswith("fr") else "en"
    title = TITLES.get(notice.kind, {}).get(language, OTHER[language]).format(name=notice.person.name)
    post = notice.post.post if notice.post is not None else None
    body = "" if post is None else NEUTRAL[language] if quiet else _short(post.summary or post.text, BODY_MAX)
    return msgspec.json.encode(
        {
            "access_token": token,
            "preferred_locale": language,
            # A number, as Mastodon sends it: its own apps read nothing else.
            "notification_id": notice.id,
            "notification_type": notice.kind,
            "icon": account(look, notice.person)["avatar_static"],
            "title": _short(title, TITLE_MAX),
            "body": body,
        }
    )


def is_intimate(level: int | None) -> bool:
    """Words of this level never stand on a locked screen (P18)."""
    return level is not None and level >= Intimacy.CLOSE


def _short(text: str, limit: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
