"""ScheduledStatus: what a member wants to say later, and the files that are kept for it."""

from collections.abc import Sequence

from fedi_aid.actions import scheduling
from fedi_aid.client_api.entities.look import Json, Look, moment
from fedi_aid.client_api.entities.media import media
from fedi_aid.media.addresses import addresses
from fedi_aid.model import interest
from fedi_aid.storage import files
from fedi_aid.storage.scheduled import Scheduled
from fedi_aid.storage.tx import Tx


def scheduled(tx: Tx, look: Look, found: Sequence[Scheduled]) -> list[Json]:
    """Each as its author wrote it. Who will read it is not decided, so nothing here says so."""
    return [_one(tx, look, row) for row in found]


def _one(tx: Tx, look: Look, row: Scheduled) -> Json:
    draft = scheduling.draft_of(row)
    poll = draft.poll
    kept = [files.own(tx, row.author_id, media_id) for media_id in draft.media_ids]
    shown = [
        media(one[0], addresses(look.house, one[0], None, reader=row.author_id, row="", now=tx.now))
        for one in kept
        if one is not None
    ]
    wish = draft.wish
    return {
        "id": str(row.id),
        "scheduled_at": moment(row.due_at),
        "params": {
            "text": draft.text,
            "spoiler_text": draft.summary,
            "sensitive": draft.sensitive,
            "visibility": draft.visibility,
            "language": draft.language,
            "in_reply_to_id": draft.reply_to_id,
            "media_ids": [str(one) for one in draft.media_ids] or None,
            "poll": None
            if poll is None
            else {
                "options": list(poll.options),
                "expires_in": int(poll.lasts.total_seconds()),
                "multiple": poll.multiple,
                "hide_totals": poll.hide_totals,
            },
            "application_id": draft.app_id,
            "scheduled_at": None,
            "idempotency": None,
            "with_rate_limit": False,
            "quoted_status_id": None,
            "quote_approval_policy": "nobody",
            "fedi_aid": {
                "intimacy": wish.intimacy,
                "help": wish.help,
                "project_id": str(wish.project_id) if wish.project_id is not None else None,
                "sphere_id": str(wish.sphere_id) if wish.sphere_id is not None else None,
                "interest": interest.words(wish.interest, look.locale) if wish.paid else None,
            },
        },
        "media_attachments": shown,
    }
