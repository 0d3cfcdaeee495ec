"""Passing a report on to the server of the person it is about, where its writer asked for that."""

from functools import partial

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.builders import flags as build
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.activitypub.signing import application_keys
from fedi_aid.storage import flags, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish


async def send_flag(instance: Instance, job: Job) -> Finish | None:
    """Job `send_flag`: signed by the instance, with the comment and the posts, and without the reporter."""
    return partial(_flag, job.args["report_id"])


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
