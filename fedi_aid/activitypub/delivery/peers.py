"""What plain peers run: it decides the form of a post there, and nothing else (FEDERATION_EXTENSION §6).

Asked by NodeInfo, believed for a week. A peer that was never asked is asked before the first post goes there;
what is older is used as it is and asked anew on the side, so that no post waits for it.
"""

import asyncio
from datetime import timedelta
from functools import partial

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import nodeinfo
from fedi_aid.model.ids import PostId
from fedi_aid.storage import audience_rows, deliveries, federation, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import Finish

SOFTWARE_FOR = timedelta(days=7)
PATIENCE = 10.0  # seconds for all that have to be asked before a post goes there
AT_ONCE = 20


def unknown(tx: Tx, post_id: PostId) -> set[str]:
    """Plain peers of a post's readers that were never asked; what is known and old is asked anew later."""
    readers = people.many(tx, [person for person, _, _ in audience_rows.readers_elsewhere(tx, post_id)])
    met = [one for one in readers.values() if one.domain and one.vouched_at is None]
    domains = {one.domain for one in met if not one.speaks_fedi_aid}
    domains -= deliveries.suspended_among(tx, domains)
    checked = deliveries.checked_at(tx, domains)
    return {domain for domain in domains if domain not in checked}


def refresh(tx: Tx, domains: set[str]) -> None:
    """Ask these anew on the side when what is known of them is a week old."""
    for domain, checked in deliveries.checked_at(tx, domains).items():
        if tx.now - checked > SOFTWARE_FOR:
            jobs.learn_software(tx, domain)


async def ask_all(instance: Instance, domains: set[str]) -> None:
    """Ask these, together and not for long: who does not answer in time counts as not saying."""
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(domain: str) -> None:
        name, version = None, None
        try:
            async with asyncio.timeout(PATIENCE), room:
                name, version = await nodeinfo.software_of(instance, domain)
        except TimeoutError:
            pass
        await instance.db.write(federation.put_software, domain, name, version)

    await asyncio.gather(*(ask(domain) for domain in domains))


async def learn_software(instance: Instance, job: Job) -> Finish | None:
    """Job `learn_software`: what a peer runs by now. What does not answer keeps what was known."""
    domain = job.args["domain"]
    name, version = await nodeinfo.software_of(instance, domain)
    return partial(_learned, domain, name, version)


def _learned(domain: str, name: str | None, version: str | None, tx: Tx) -> None:
    if name is None:
        name, _ = federation.software_of(tx, domain)
    federation.put_software(tx, domain, name, version)
