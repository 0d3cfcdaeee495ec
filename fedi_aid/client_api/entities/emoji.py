"""CustomEmoji: a little picture in a text or on a profile of another server, shown from here (B13)."""

from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.media.addresses import emoji as address
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView


def emojis_of(look: Look, shown: Person | PostView) -> list[Json]:
    """None on what a friend carried here: fetching one would tell its author's server that it arrived."""
    if isinstance(shown, PostView):
        if shown.access is not None and shown.access.kind == "carried":
            return []
        owner, found = shown.post, shown.post.emojis
        return [_emoji(one.name, address(look.house, owner, one)) for one in found]
    return [_emoji(one.name, address(look.house, shown, one)) for one in shown.emojis]


def _emoji(name: str, url: str) -> Json:
    return {"shortcode": name, "url": url, "static_url": url, "visible_in_picker": False}
