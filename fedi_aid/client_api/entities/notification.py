"""Notification, and the groups of API v2: likes of one post are one group, boosts too; all else is alone."""

from collections.abc import Collection, Sequence
from typing import Final

from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.client_api.entities.moderation import SUBJECTS, subjects
from fedi_aid.client_api.entities.status import standing_on, statuses
from fedi_aid.client_api.forms import as_id
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import ties
from fedi_aid.storage.bundles import BUNDLED, Bundle
from fedi_aid.storage.faces import faces
from fedi_aid.storage.strangers import Waiting
from fedi_aid.storage.timelines import Notice
from fedi_aid.storage.tx import Tx

CLASSIC: Final = (
    *("mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update"),
)


def group_key(notice: Notice, bundled: Collection[str] = BUNDLED) -> str:
    """By which clients know a group; opaque to them, `group_of` reads it."""
    if notice.kind in bundled and notice.post is not None:
        return f"{notice.kind}-{notice.post.post.id}"
    return f"ungrouped-{notice.id}"


def group_of(key: str) -> tuple[str, int] | None:
    """(kind, post) of a bundle, or ("", notification) of a group of one; None for what is no key."""
    kind, _, number = key.rpartition("-")
    found = as_id(number)
    if not found or kind not in (*BUNDLED, "ungrouped"):
        return None
    return ("" if kind == "ungrouped" else kind), found


def notifications(tx: Tx, look: Look, notices: Sequence[Notice]) -> list[Json]:
    """Each with who and, where it is about one, the post as the viewer sees it now."""
    about = [notice.post for notice in notices if notice.post is not None]
    known = faces(tx, look.viewer, {notice.person.id for notice in notices} | standing_on(about))
    people = accounts(tx, look, [notice.person for notice in notices], known)
    posts = iter(statuses(tx, look, about, known))
    more = subjects(tx, look, notices)
    words = _words(tx, look, notices)
    found = []
    for notice, person in zip(notices, people, strict=True):
        shown: Json = {
            "id": str(notice.id),
            "type": notice.kind,
            "created_at": moment(notice.created_at),
            "group_key": group_key(notice),
            "account": person,
        }
        if notice.post is not None:
            shown["status"] = next(posts)
        if notice.kind == "follow_request":
            shown["fedi_aid"] = {"word": words.get(notice.person.id, "")}
        found.append(shown | more.get(notice.id, {}))
    return found


def _words(tx: Tx, look: Look, notices: Sequence[Notice]) -> dict[PersonId, str]:
    """With what word of introduction somebody asks to become friends."""
    asking = [notice.person.id for notice in notices if notice.kind == "follow_request"]
    return ties.words_to(tx, look.viewer, asking) if asking and look.viewer is not None else {}


def requests(tx: Tx, look: Look, found: Sequence[Waiting]) -> list[Json]:
    """NotificationRequest: somebody who waits, with the last post about it as the viewer sees it now."""
    people = accounts(tx, look, [one.person for one in found])
    posts = iter(statuses(tx, look, [one.last for one in found if one.last is not None]))
    return [
        {
            "id": str(one.id),
            "created_at": moment(one.first_at),
            "updated_at": moment(one.last_at),
            "notifications_count": str(one.number),
            "account": person,
            "last_status": next(posts) if one.last is not None else None,
        }
        for one, person in zip(found, people, strict=True)
    ]


def grouped(tx: Tx, look: Look, found: Sequence[Bundle], bundled: Collection[str] = BUNDLED) -> Json:
    """GroupedNotificationsResults: groups, and the accounts and statuses they name, each once."""
    every = zip(found, notifications(tx, look, [one.newest for one in found]), strict=True)
    # What the viewer wants hidden among notifications; one that is asked for by itself is shown.
    kept = [(one, shown) for one, shown in every if not (look.place and is_hidden(shown.get("status")))]
    groups = []
    for one, shown in kept:
        group: Json = {
            "group_key": group_key(one.newest, bundled),
            "notifications_count": one.count,
            "type": one.newest.kind,
            "most_recent_notification_id": one.newest.id,
            "page_min_id": str(one.oldest_id),
            "page_max_id": str(one.newest.id),
            "latest_page_notification_at": shown["created_at"],
            "sample_account_ids": [str(person.id) for person in one.people],
        }
        if "status" in shown:
            group["status_id"] = shown["status"]["id"]
        group |= {name: shown[name] for name in SUBJECTS if name in shown}
        groups.append(group)
    people = {person.id: person for one, _ in kept for person in one.people}
    posts = {shown["status"]["id"]: shown["status"] for _, shown in kept if "status" in shown}
    return {
        "accounts": accounts(tx, look, list(people.values())),
        "statuses": list(posts.values()),
        "notification_groups": groups,
    }
