"""Posts at their hour; and what the butler says to an author whose post could not go."""

from collections.abc import Mapping

from babel.dates import format_datetime

from fedi_aid.actions import scheduling
from fedi_aid.butler import speak
from fedi_aid.errors import FediAidError, NotFound, Refused
from fedi_aid.storage.database import Database
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish, Handler


def handlers(db: Database) -> Mapping[str, Handler]:
    """Job `publish_scheduled`. It is tried out first, in a transaction that is taken back: what is refused
    half way must leave nothing, and its author must be told."""

    async def publish_scheduled(job: Job) -> Finish | None:
        scheduled_id = job.args["scheduled_id"]
        try:
            await db.write(scheduling.try_out, scheduled_id)
        except scheduling.WouldWork:
            return lambda tx: _publish(tx, scheduled_id)
        except (Refused, NotFound) as refusal:
            why = refusal
            return lambda tx: give_back(tx, scheduled_id, why)
        return None

    return {"publish_scheduled": publish_scheduled}


def _publish(tx: Tx, scheduled_id: int) -> None:
    scheduling.publish(tx, scheduled_id)


def give_back(tx: Tx, scheduled_id: int, why: FediAidError) -> None:
    """It cannot be published: its words go back to its author, and to nobody else."""
    found = scheduling.give_up(tx, scheduled_id)
    if found is None:
        return
    member, text, due_at = found
    language = "fr" if member.locale.startswith("fr") else "en"
    reason = why.sentence if isinstance(why, Refused) else GONE[language]
    when = format_datetime(due_at, "long", locale=language)
    speak.say(tx, member, "unpublished", when=when, reason=reason, text=text.replace("@", "@\u200b"))


GONE = {
    "en": "What it answers is not there any more.",
    "fr": "Ce à quoi il répond n’est plus là.",
}
