"""Notification, and the groups of API v2: every notification is a group of its own, as the format allows."""

from collections.abc import Sequence
from typing import Final

from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.client_api.entities.status import statuses
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


def grouped(tx: Tx, look: Look, notices: Sequence[Notice]) -> Json:
    """GroupedNotificationsResults: groups, and the accounts and statuses they name, each once."""
    single = notifications(tx, look, notices)
    groups = []
    for notice, one in zip(notices, single, strict=True):
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
