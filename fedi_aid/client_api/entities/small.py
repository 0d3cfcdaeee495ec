"""The small ones: List, Marker, Conversation, StatusEdit, Tag, Report, Announcement, applications, tokens."""

from collections.abc import Sequence
from datetime import datetime

from fedi_aid.actions.access import App, NewApp, NewToken
from fedi_aid.actions.marks import Mark
from fedi_aid.client_api.entities.account import account, accounts
from fedi_aid.client_api.entities.look import Json, Look, maybe_moment, moment
from fedi_aid.client_api.entities.media import media_of
from fedi_aid.client_api.entities.status import status
from fedi_aid.model.caution import without_links
from fedi_aid.model.posts import PostView, Tag
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.announcements import Announced, Sign
from fedi_aid.storage.conversations import Conversation
from fedi_aid.storage.lists import ListRow
from fedi_aid.storage.reports import Report
from fedi_aid.storage.shelves import Version
from fedi_aid.storage.tags import KeptTag
from fedi_aid.storage.tx import Tx


def sphere(row: ListRow) -> Json:
    """List: to Mastodon's clients a list, to us a sphere."""
    return {
        "id": str(row.id),
        "title": row.title,
        "replies_policy": row.replies_policy,
        "exclusive": row.exclusive,
    }


def markers(found: Sequence[Mark]) -> Json:
    return {
        mark.timeline: {
            "last_read_id": str(mark.last_read_id),
            "version": mark.version,
            "updated_at": moment(mark.updated_at),
        }
        for mark in found
    }


def conversation(tx: Tx, look: Look, found: Conversation) -> Json:
    return {
        "id": str(found.id),
        "unread": found.unread,
        "accounts": accounts(tx, look, found.people),
        "last_status": status(tx, look, found.last) if found.last else None,
    }


def history(look: Look, view: PostView, before: Sequence[Version], now_is: datetime) -> list[Json]:
    """StatusEdit, oldest first; the last is the post as it stands."""
    post = view.post
    by = account(look, view.author)
    carried = view.access is not None and view.access.kind == "carried"
    told = without_links if carried else str  # by somebody its reader does not know (C14)
    shared = {
        "account": by,
        "media_attachments": media_of(look, view, now_is),
        "emojis": [],
        "poll": None,
        "quote": None,
    }
    old = [
        {
            "content": told(version.html),
            "spoiler_text": version.summary,
            "sensitive": version.sensitive,
            "created_at": moment(version.created_at),
        }
        for version in before
    ]
    now = {
        "content": told(post.html),
        "spoiler_text": post.summary,
        "sensitive": post.sensitive,
        "created_at": moment(post.edited_at or post.created_at),
    }
    return [one | shared for one in (*old, now)]


def application(app: App, vapid_key: str) -> Json:
    """Application. The push key is the same for all: the instance's."""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": list(app.scopes),
        "redirect_uri": "\n".join(app.redirect_uris),
        "redirect_uris": list(app.redirect_uris),
        "vapid_key": vapid_key,
    }


def new_application(made: NewApp, vapid_key: str) -> Json:
    """CredentialApplication: the only time the secret is told."""
    return application(made.app, vapid_key) | {
        "client_id": made.app.client_id,
        "client_secret": made.client_secret,
        "client_secret_expires_at": 0,
    }


def token(made: NewToken) -> Json:
    return {
        "access_token": made.token,
        "token_type": "Bearer",
        "scope": " ".join(made.scopes),
        "created_at": int(made.created_at.timestamp()),
    }


def hashtag(look: Look, tag: Tag, kept: KeptTag | None) -> Json:
    """Tag. Its history is empty for everybody (RULES R7)."""
    return {
        "id": tag.folded,
        "name": tag.folded,
        "url": look.house.tag_page(tag.folded),
        "history": [],
        "following": kept is not None and kept.followed,
        "featuring": kept is not None and kept.featured,
    }


def featured_tag(look: Look, kept: KeptTag) -> Json:
    """FeaturedTag. How often and when it was used is not told (RULES R7)."""
    return {
        "id": str(kept.id),
        "name": kept.tag,
        "url": look.house.tag_page(kept.tag),
        "statuses_count": "0",
        "last_status_at": None,
    }


def report(tx: Tx, look: Look, found: Report) -> Json:
    """Report, for whoever made it: what came of it is told to them by people."""
    about = people_rows.by_id(tx, found.about_id)
    assert about is not None
    return {
        "id": str(found.id),
        "action_taken": False,
        "action_taken_at": None,
        "category": found.category,
        "comment": found.comment,
        "forwarded": found.forward,
        "created_at": moment(found.created_at),
        "status_ids": [str(one) for one in found.post_ids],
        "rule_ids": list(found.rule_ids),
        "collection_ids": [],
        "target_account": accounts(tx, look, [about])[0],
    }


def announcement(found: Announced, signs: Sequence[Sign] = ()) -> Json:
    """Announcement: words of the people who run the instance, and the signs on it."""
    return {
        "id": str(found.id),
        "content": found.html,
        "starts_at": maybe_moment(found.starts_at),
        "ends_at": maybe_moment(found.ends_at),
        "all_day": False,
        "published_at": moment(found.published_at),
        "updated_at": moment(found.published_at),
        "read": found.read,
        "mentions": [],
        "statuses": [],
        "tags": [],
        "emojis": [],
        "reactions": [{"name": one.name, "count": one.count, "me": one.mine} for one in signs],
    }
