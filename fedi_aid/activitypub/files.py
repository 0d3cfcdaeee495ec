"""Pictures of posts that went whole to a fedi_aid peer: one address for all, opened by a signature alone.

The note is the same for every peer, and signed where it may be carried, so its attachments cannot have an
address for each reader (RULES R17). This one is no capability: it opens to a request signed by somebody who
holds the post now, or by the server where such a person lives; to all others it is as if nothing were there.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import answers
from fedi_aid.activitypub.objects import asker_of
from fedi_aid.media.store import Store
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import federation, files, posts
from fedi_aid.storage.tx import Tx


async def file(request: Request) -> Response:
    """GET /files/{name}: never under an actor's or an object's path, never as a document (B08)."""
    instance: Instance = request.app.state.instance
    asker = await asker_of(request)
    found = await instance.db.read(_file_for, str(request.path_params["name"]), asker)
    path = Store(instance.settings.data_dir).path(found.file or "") if found is not None else None
    if found is None or path is None or not await asyncio.to_thread(path.is_file):
        return answers.not_found()
    headers = {
        "Cache-Control": "private, no-store",
        "Vary": "Accept, Signature",
        "Content-Security-Policy": "default-src 'none'; form-action 'none'; sandbox",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(path, media_type=found.content_type, headers=headers)


def _file_for(tx: Tx, name: str, asker: Person | None) -> Attachment | None:
    """The same queries for what is hidden and what is missing (RULES R7)."""
    file, post_id = files.on_a_post(tx, name) or (None, 0)
    there = federation.someone_there_may_see(tx, post_id, (asker.domain if asker else "") or ".")
    holds = posts.get(tx, asker.id if asker else None, post_id) is not None
    if asker is None or not (holds or (there and asker.kind == "application")):
        return None
    return file
