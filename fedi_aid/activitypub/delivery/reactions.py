"""Telling another server of a favourite or a boost of a member here."""

from functools import partial
from typing import Any

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.builders import reactions
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.storage import federation, people, vouching
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish


async def tell_reaction(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_reaction`: Like to the author alone; Announce of a public post to the followers too; a pin of
    one's own to the followers."""
    return partial(_reaction, job.args)


def _reaction(args: dict[str, Any], tx: Tx) -> None:
    me = outbox.local_actor(tx, args["from_id"])
    origin = federation.origin_of(tx, args["post_id"])
    author = people.by_id(tx, origin.author_id) if origin else None
    if origin is None or author is None or vouching.waits(tx, origin.post_id):
        return  # told when their server has been asked (RULES R20)
    uri, what = args["activity_uri"], args["what"]
    if what.endswith("like"):
        activity = reactions.like(uri, me.uri, origin.uri, author.uri)
    elif not origin.public:
        return  # what was chosen for somebody is announced to nobody (A11, P19)
    elif what.endswith("pin"):
        activity = reactions.featured(uri, me.uri, origin.uri, added=what == "pin")
    else:
        activity = reactions.announce(uri, me.uri, origin.uri, author.uri, tx.now)
    if what.startswith("undo_"):
        activity = reactions.undo(tx.house.new_activity(), activity)
    kept = outbox.keep(tx, activity, me.id, origin.post_id)
    key = f"reaction:{me.id}:{origin.post_id}"
    if what.endswith("like"):
        outbox.send(tx, kept, author, me.id, order_key=key)
    else:
        outbox.send_openly(tx, kept, me.id, order_key=key, also=[author])
