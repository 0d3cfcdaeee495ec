"""One actor, mallow, on a bovine_herd server with an empty database, and two doors for the test that started it:
what it has received, and what it is to do. Run by a Python of its own; settings from the environment: PORT.

Everything about federation is bovine's own: what this file adds is a member, contexts that need no network, and
the Accept that its user would send.
"""

import asyncio
import os
import sys
import threading
from urllib.parse import urljoin

from bovine import jsonld as bovine_jsonld
from bovine_herd import BovineHerd
from bovine_process import handle_outbox_item, process_inbox_item, process_outbox_item
from bovine_process.types import ProcessingItem
from bovine_store import BovineAdminStore
from bovine_store.models import CollectionItem, StoredJsonObject
from pyld import jsonld
from quart import Quart, request

NAME = "mallow"
PORT = int(os.environ["PORT"])
ORIGIN = f"http://127.0.0.1:{PORT}"
SECONDS = 240

# -- contexts: those that bovine itself writes into what it sends; any other is taken for an empty one

SECURITY = "https://w3id.org/security#"
CONTEXTS = {
    bovine_jsonld.bovine_context_name: bovine_jsonld.bovine_context,
    "https://www.w3.org/ns/activitystreams": bovine_jsonld.activitystreams_context,
    "https://w3id.org/security/v1": {
        "publicKey": {"@id": f"{SECURITY}publicKey", "@type": "@id"},
        "publicKeyPem": f"{SECURITY}publicKeyPem",
        "owner": {"@id": f"{SECURITY}owner", "@type": "@id"},
    },
}


def context(url, options=None, **_):
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": {"@context": CONTEXTS.get(url, {})},
    }


jsonld.set_document_loader(context)

# -- the server

app = Quart(__name__)
seen = []
refused = []
mallow = {}


async def understand(item, actor):
    seen.append({"submitter": item.submitter, "data": item.data})
    app.add_background_task(process_inbox_item, item, actor)


BovineHerd(app, start_background_task_inbox=understand)


@app.before_serving
async def move_in():
    name = await BovineAdminStore(domain=ORIGIN).register(NAME)
    actor = await app.config["bovine_store"].actor_for_name(name)
    mallow.update(name=name, uri=actor.actor_object.id, inbox=actor.actor_object.inbox)


@app.after_request
async def note(response):
    if request.method == "POST" and response.status_code != 202 and not request.path.startswith("/_test"):
        refused.append([request.path, response.status_code])
    return response


async def says(data):
    """What a client of its user's would post to the outbox."""
    actor = await app.config["bovine_store"].actor_for_name(mallow["name"])
    context = "https://www.w3.org/ns/activitystreams"
    item = ProcessingItem(mallow["uri"], {"@context": context, "actor": mallow["uri"], **data})
    item = await handle_outbox_item(item, actor)
    said = dict(item.data)
    await process_outbox_item(item, actor)
    return said


async def look_up(what):
    actor = await app.config["bovine_store"].actor_for_name(mallow["name"])
    found = await actor.get(what["uri"])
    return {"id": found["id"], "name": found["preferredUsername"], "inbox": found["inbox"]}


async def stored(what):
    found = await StoredJsonObject.get_or_none(id=what["uri"])
    return found.content if found else None


async def collection(what):
    actor = await app.config["bovine_store"].actor_for_name(mallow["name"])
    found = await CollectionItem.filter(part_of=getattr(actor.actor_object, what["name"])).all()
    return [one.object_id for one in found]


ACTS = {"says": says, "look_up": look_up, "stored": stored, "collection": collection}


@app.get("/_test/seen")
async def everything_seen():
    return {"seen": seen, "refused": refused, "mallow": mallow}


@app.post("/_test/<act>")
async def act(act):
    return {"answer": await ACTS[act](await request.get_json())}


# The doors of the test are not bovine's: nobody signs what comes to them.
authorization = app.before_request_funcs[None].pop()


@app.before_request
async def authorize():
    if request.path.startswith("/_test"):
        return None
    return await authorization()


def end_with_input():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    assert urljoin(ORIGIN, "/") == f"{ORIGIN}/"
    threading.Thread(target=end_with_input, daemon=True).start()
    threading.Timer(SECONDS, os._exit, [1]).start()
    asyncio.run(app.run_task(host="127.0.0.1", port=PORT))
