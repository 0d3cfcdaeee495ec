"""Reports to the people who look after this instance."""

from fedi_aid.actions import moderation
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import report
from fedi_aid.client_api.forms import as_id
from fedi_aid.client_api.statuses import look_of
from fedi_aid.storage.tx import Tx


async def create(call: Call) -> Json:
    """POST /api/v1/reports"""
    form = call.form
    about_id = as_id(form.text("account_id", limit=1_000))
    post_ids = [as_id(text) for text in form.texts("status_ids", limit=200)]
    rule_ids = form.texts("rule_ids", limit=100)

    def work(tx: Tx) -> Json:
        report_id = moderation.report(
            tx,
            call.me,
            about_id,
            post_ids=post_ids,
            comment=form.text("comment"),
            category=form.text("category", "other", limit=100),
            rule_ids=rule_ids,
            forward=form.flag("forward"),
        )
        return report(tx, look_of(call), moderation.own_report(tx, call.me, report_id))

    return await call.db.write(work)
