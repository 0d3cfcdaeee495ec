"""Passing a report on to the server of the person it is about, where its writer asked for that."""

from datetime import timedelta
from functools import partial

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.builders import flags as build
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.activitypub.signing import application_keys
from fedi_aid.errors import TryLater
from fedi_aid.storage import flags, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish

UNTIL_MET = timedelta(hours=1)


async def send_flag(instance: Instance, job: Job) -> Finish | None:
    """Job `send_flag`: signed by the instance, with the comment and the posts, and without the reporter."""
    if await instance.db.read(_is_vouched_for, job.args["report_id"]):
        wait = instance.house.soon(UNTIL_MET).total_seconds()
        raise TryLater(seconds=wait, log="the server of whom it is about was not asked yet")
    return partial(_flag, job.args["report_id"])


def _is_vouched_for(tx: Tx, report_id: int) -> bool:
    """Nothing goes to a server whose member nobody here has looked up yet (RULES R20)."""
    report = flags.report(tx, report_id)
    about = people.by_id(tx, report.about_id) if report else None
    return about is not None and about.vouched_at is not None


def _flag(report_id: int, tx: Tx) -> None:
    report = flags.report(tx, report_id)
    about = people.by_id(tx, report.about_id) if report else None
    if report is None or about is None or about.local or not outbox.may_send(tx, about):
        return
    signer = application_keys(tx)
    uris = flags.uris_by(tx, about.id, report.post_ids)
    activity = build.flag(tx.house.new_activity(), signer.actor_uri, about.uri, uris, report.comment)
    kept = outbox.keep(tx, activity, signer.person_id, about.id)
    outbox.send(tx, kept, about, signer.person_id, order_key=f"flag:{report_id}")
    flags.note_forwarded(tx, report_id)
