"""Poll, as its viewer may know it: their own choices, and totals unless they are hidden until the end."""

from datetime import datetime

from fedi_aid.client_api.entities.look import Json, Look, maybe_moment
from fedi_aid.model.polls import Poll


def poll(look: Look, found: Poll, now: datetime) -> Json:
    shown = found.totals_are_shown(now)
    counts = found.counts if shown else (None,) * len(found.options)
    answer: Json = {
        "id": str(found.id),
        "expires_at": maybe_moment(found.ends_at),
        "expired": found.has_ended(now),
        "multiple": found.multiple,
        "votes_count": sum(found.counts) if shown else 0,
        "voters_count": found.voters if shown else None,
        "options": [
            {"title": option, "votes_count": count}
            for option, count in zip(found.options, counts, strict=True)
        ],
        "emojis": [],
    }
    if look.viewer is not None:
        answer |= {
            "voted": bool(found.own) or found.author_id == look.viewer,
            "own_votes": list(found.own),
        }
    return answer
