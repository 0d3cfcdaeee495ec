"""Attaching pictures: their rows. The files themselves are made and stored before (media/)."""

from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.pictures import Picture
from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import files
from fedi_aid.storage.tx import Tx

ALT_MAX = 1_500


def checked_alt(alt: str) -> str:
    alt = alt.strip()
    if len(alt) > ALT_MAX:
        raise Refused(f"The description has at most {ALT_MAX} characters", field="description")
    return alt


def add(
    tx: Tx,
    me: PersonId,
    picture: Picture,
    *,
    name: str,
    preview_name: str,
    opaque: str,
    digest: str,
    alt: str = "",
    focus: tuple[float, float] | None = None,
) -> Attachment:
    """Note a stored picture as a member's own, on no post yet. `digest`: SHA-256 of the full file."""
    meta = {
        form: {
            "width": size.width,
            "height": size.height,
            "size": f"{size.width}x{size.height}",
            "aspect": size.width / size.height,
        }
        for form, size in (("original", picture.size), ("small", picture.preview_size))
    }
    media_id = files.insert(
        tx,
        owner_id=me,
        kind="image",
        state="ready",
        content_type=picture.content_type,
        file=name,
        preview_file=preview_name,
        alt=checked_alt(alt),
        blurhash=picture.blurhash,
        meta=meta | _focus(focus),
        size=len(picture.full),
        digest=digest,
        opaque=opaque,
    )
    return own(tx, me, media_id)


def _focus(focus: tuple[float, float] | None) -> dict[str, dict[str, float]]:
    return {"focus": {"x": focus[0], "y": focus[1]}} if focus is not None else {}


def own(tx: Tx, me: PersonId, media_id: int) -> Attachment:
    """A file of one's own. NotFound for anything else."""
    found = files.own(tx, me, media_id)
    if found is None:
        raise NotFound
    return found[0]


def describe(
    tx: Tx,
    me: PersonId,
    media_id: int,
    *,
    alt: str | None = None,
    focus: tuple[float, float] | None = None,
) -> Attachment:
    """Change the description or focus of a file that is not on a post yet. NotFound, Refused."""
    found = files.own(tx, me, media_id)
    if found is None or found[1] is not None:
        raise NotFound
    if alt is not None:
        files.change(tx, media_id, alt=checked_alt(alt))
    if focus is not None:
        files.change(tx, media_id, meta=(found[0].meta or {}) | _focus(focus))
    return own(tx, me, media_id)
