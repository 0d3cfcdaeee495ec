"""What friends tell each other across servers: endorsements, thanks, introductions (RULES R23).

Always to one person's own inbox, and to nobody else. The things themselves have no address: they are known by
the activity that brought them.
"""

from datetime import datetime
from typing import Any

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.builders.stamps import stamp

_PLAIN: Any = extension.CONTEXT[0]
CONTEXT: list[Any] = [
    _PLAIN,
    {
        "fa": extension.NAMESPACE,
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "Endorsement": "fa:Endorsement",
        "Thanks": "fa:Thanks",
        "Introduction": "fa:Introduction",
        "endorsed": "fa:endorsed",
        "skills": "fa:skills",
        "languages": "fa:languages",
        "causes": "fa:causes",
        "paused": {"@id": "fa:paused", "@type": "xsd:boolean"},
    },
]


def endorsement(
    uri: str, by: str, subject: str, *, kind: str, name: str, word: str, published: datetime
) -> dict[str, Any]:
    """Vouch for something of a friend: offered to its subject, who alone can accept it."""
    about = {
        "type": "Endorsement",
        "attributedTo": by,
        "object": subject,
        "endorsed": kind,
        "name": name,
    }
    return _activity("Offer", uri, by, subject, about | _content(word), published) | {"target": subject}


def thanks(
    uri: str, by: str, to: str, *, name: str, word: str, post_uri: str | None, published: datetime
) -> dict[str, Any]:
    """Thank somebody for help, perhaps for a skill, perhaps with a post of one's own."""
    about: dict[str, Any] = {"type": "Thanks", "attributedTo": by, "target": to}
    if name:
        about["name"] = name
    if post_uri:
        about["inReplyTo"] = post_uri
    return _activity("Create", uri, by, to, about | _content(word), published)


def introduction(uri: str, by: str, to: str, other: str, *, word: str, published: datetime) -> dict[str, Any]:
    """Introduce a friend to another friend: each is sent an Offer of their own."""
    about = {"type": "Introduction", "attributedTo": by, "object": other}
    return _activity("Offer", uri, by, to, about | _content(word), published) | {"target": to}


def introduced(uri: str, by: str, to: str, offer_uri: str, other: str, published: datetime) -> dict[str, Any]:
    """Both have accepted: told to each, under the id of what they accepted."""
    about = {"type": "Introduction", "attributedTo": by, "object": other, "context": offer_uri}
    return _activity("Create", uri, by, to, about, published)


def accept(uri: str, by: str, to: str, offer_uri: str) -> dict[str, Any]:
    """Its subject accepts what a friend offered."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Accept",
        "actor": by,
        "to": [to],
        "object": {"id": offer_uri, "type": "Offer", "actor": to, "target": by},
    }


def profile(
    uri: str, of: str, *, skills: list[str], languages: list[str], causes: list[str], paused: bool
) -> dict[str, Any]:
    """What somebody can help with, for their friends' servers."""
    return {
        "@context": CONTEXT,
        "id": uri,
        "type": "Profile",
        "describes": of,
        "attributedTo": of,
        "skills": skills,
        "languages": languages,
        "causes": causes,
        "paused": paused,
    }


def profile_changed(uri: str, by: str, to: str, profile_uri: str) -> dict[str, Any]:
    """That it is worth asking anew, and nothing of what it says."""
    return {
        "@context": _PLAIN,
        "id": uri,
        "type": "Update",
        "actor": by,
        "to": [to],
        "object": {"id": profile_uri, "type": "Profile", "describes": by},
    }


def _content(word: str) -> dict[str, str]:
    return {"content": word} if word else {}


def _activity(
    kind: str, uri: str, by: str, to: str, about: dict[str, Any], published: datetime
) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": uri,
        "type": kind,
        "actor": by,
        "to": [to],
        "object": about,
        "published": stamp(published),
    }
