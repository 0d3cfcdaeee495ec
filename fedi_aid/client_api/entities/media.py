"""MediaAttachment."""

from datetime import datetime

from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.media.addresses import Addresses, as_seen
from fedi_aid.model.posts import Attachment, PostView

KINDS = frozenset({"image", "gifv", "video", "audio"})


def media_of(look: Look, view: PostView, now: datetime) -> list[Json]:
    """The files of a post, as far as its viewer can fetch them."""
    found = [(file, as_seen(look.house, view, file, now)) for file in view.media]
    return [media(file, addresses) for file, addresses in found if addresses is not None]


def media(file: Attachment, found: Addresses | None) -> Json:
    """One file, at the addresses where its viewer fetches it: always here, so that no other server learns who
    looks (B13); apps fall back to `remote_url`, so it is not told. `url` is null while it is worked on."""
    ready = found is not None and file.state == "ready"
    known = file.kind in KINDS
    # A sound has no picture; nor has a film that lies elsewhere, until it is played.
    drawn = file.kind == "image" or file.preview_file is not None
    return {
        "id": str(file.id),
        "type": file.kind if known else "unknown",
        "url": found.full if found is not None and ready else None,
        "preview_url": found.preview if found is not None and ready and drawn else None,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": file.meta or {},
        "description": file.alt or None,
        "blurhash": file.blurhash,
    }
