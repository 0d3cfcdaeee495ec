"""MediaAttachment."""

from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.model.posts import Attachment

KINDS = frozenset({"image", "gifv", "video", "audio"})


def media(look: Look, file: Attachment) -> Json:
    """One file; `url` is null while it is being worked on. The name in the URL is the permission."""
    ready = file.state == "ready"
    url = look.house.media_url(file.file) if file.file else file.remote_url
    preview = look.house.media_url(file.preview_file) if file.preview_file else url
    return {
        "id": str(file.id),
        "type": file.kind if file.kind in KINDS else "unknown",
        "url": url if ready or file.remote_url else None,
        "preview_url": preview,
        "remote_url": file.remote_url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": file.meta or {},
        "description": file.alt or None,
        "blurhash": file.blurhash,
    }
