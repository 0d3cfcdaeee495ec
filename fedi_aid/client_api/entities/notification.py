"""Notification, and the groups of API v2: every notification is a group of its own, as the format allows."""

from collections.abc import Sequence
from typing import Final

from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.storage.strangers import Waiting
from fedi_aid.storage.timelines import Notice
from fedi_aid.storage.tx import Tx

CLASSIC: Final = (
    *("mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update"),
)


def group_key(notice: Notice) -> str:
    return f"ungrouped-{notice.id}"


def notifications(tx: Tx, look: Look, notices: Sequence[Notice]) -> list[Json]:
    """Each with who and, where it is about one, the post as the viewer sees it now."""
    people = accounts(tx, look, [notice.person for notice in notices])
    about = [notice.post for notice in notices if notice.post is not None]
    posts = iter(statuses(tx, look, about))
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
        found.append(shown)
    return found


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


def grouped(tx: Tx, look: Look, notices: Sequence[Notice]) -> Json:
    """GroupedNotificationsResults: groups, and the accounts and statuses they name, each once."""
    every = zip(notices, notifications(tx, look, notices), strict=True)
    # What the viewer wants hidden among notifications; one that is asked for by itself is shown.
    kept = [(notice, one) for notice, one in every if not (look.place and is_hidden(one.get("status")))]
    single = [one for _, one in kept]
    groups = []
    for notice, one in kept:
        group: Json = {
            "group_key": group_key(notice),
            "notifications_count": 1,
            "type": notice.kind,
            "most_recent_notification_id": notice.id,
            "page_min_id": str(notice.id),
            "page_max_id": str(notice.id),
            "latest_page_notification_at": one["created_at"],
            "sample_account_ids": [str(notice.person.id)],
        }
        if "status" in one:
            group["status_id"] = one["status"]["id"]
        groups.append(group)
    people = {one["account"]["id"]: one["account"] for one in single}
    posts = {one["status"]["id"]: one["status"] for one in single if "status" in one}
    return {
        "accounts": list(people.values()),
        "statuses": list(posts.values()),
        "notification_groups": groups,
    }
