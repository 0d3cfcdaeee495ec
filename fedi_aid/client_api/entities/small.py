"""The small ones: List, Marker, Conversation, StatusEdit, applications, tokens."""

from collections.abc import Sequence

from fedi_aid.actions.access import App, NewApp, NewToken
from fedi_aid.actions.marks import Mark
from fedi_aid.client_api.entities.account import account, accounts
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.client_api.entities.media import media
from fedi_aid.client_api.entities.status import status
from fedi_aid.model.posts import PostView
from fedi_aid.storage.conversations import Conversation
from fedi_aid.storage.lists import ListRow
from fedi_aid.storage.shelves import Version
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


def history(look: Look, view: PostView, before: Sequence[Version]) -> list[Json]:
    """StatusEdit, oldest first; the last is the post as it stands."""
    post = view.post
    by = account(look, view.author)
    shared = {
        "account": by,
        "media_attachments": [media(look, file) for file in view.media],
        "emojis": [],
        "poll": None,
        "quote": None,
    }
    old = [
        {
            "content": version.html,
            "spoiler_text": version.summary,
            "sensitive": version.sensitive,
            "created_at": moment(version.created_at),
        }
        for version in before
    ]
    now = {
        "content": post.html,
        "spoiler_text": post.summary,
        "sensitive": post.sensitive,
        "created_at": moment(post.edited_at or post.created_at),
    }
    return [one | shared for one in (*old, now)]


def application(app: App) -> Json:
    """Application; there is no push key yet."""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": list(app.scopes),
        "redirect_uri": "\n".join(app.redirect_uris),
        "redirect_uris": list(app.redirect_uris),
        "vapid_key": "",
    }


def new_application(made: NewApp) -> Json:
    """CredentialApplication: the only time the secret is told."""
    return application(made.app) | {
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
