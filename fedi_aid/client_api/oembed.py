"""oEmbed: a few words to embed a public post elsewhere. What is not public is as if it were not."""

import re
from html import escape

from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.forms import as_id
from fedi_aid.client_api.statuses import seen
from fedi_aid.errors import NotFound
from fedi_aid.storage.tx import Tx

WIDTH = 400
A_DAY = 86_400


async def show(call: Call) -> Json:
    """GET /api/oembed?url= : the page of a post; a visitor's view, whoever asks."""
    form = call.form
    page = re.fullmatch(rf"{re.escape(call.base_url)}/@[^/]+/([0-9]+)", form.text("url", limit=2_000))
    post_id = as_id(page[1]) if page else 0
    if not post_id:
        raise NotFound
    width = form.number("maxwidth", WIDTH, low=100, high=2_000)

    def work(tx: Tx) -> Json:
        view = seen(tx, None, post_id)
        if view.post.reach != "public" or not view.author.local:
            raise NotFound
        name, url = view.author.name, view.post.url or view.post.uri
        return {
            "type": "rich",
            "version": "1.0",
            "title": f"New status by {view.author.handle}",
            "author_name": name,
            "author_url": view.author.url or view.author.uri,
            "provider_name": call.instance.settings.domain,
            "provider_url": call.base_url + "/",
            "cache_age": A_DAY,
            "html": f'<blockquote cite="{escape(url)}"><p><a href="{escape(url)}">{escape(name)}</a></p>'
            f"{view.post.html}</blockquote>",
            "width": width,
            "height": None,
        }

    return await call.db.read(work)
