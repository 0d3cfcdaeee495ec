"""Reporting somebody to the people who look after this instance.

A report acts on what comes (RULES R6): from now on neither of the two is ever in an audience of the other
(`storage.ties.barred_ids`), what was shown stays, and the person reported is told nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal

from fedi_aid.actions import charters, notices
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import BUTLER
from fedi_aid.storage import moderation, post_views, reports
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.reports import Report
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

CATEGORIES: Final = ("spam", "legal", "violation", "other")
COMMENT_MAX: Final = 1_000
POSTS_MAX: Final = 100
A_DAY: Final = timedelta(days=1)
REPORTS_A_DAY: Final = 50


def report(
    tx: Tx,
    me: PersonId,
    about_id: int,
    *,
    post_ids: Sequence[int] = (),
    comment: str = "",
    category: str = "other",
    rule_ids: Sequence[str] = (),
    forward: bool = False,
) -> int:
    """Report somebody; its id. `post_ids` are posts of theirs that the reporter may see, `rule_ids` rules of
    the charter, `forward` also tells their server, without a word of who reported.

    NotFound for a person or post that is missing or hidden; Refused for oneself, the house, what cannot be.
    """
    about = people_rows.by_id(tx, about_id)
    if about is None or about.kind == "application" or about.suspended_at is not None:
        raise NotFound
    if about.id == me or (about.local and about.username == BUTLER):
        raise Refused("This account cannot be reported.", field="account_id")
    if category not in CATEGORIES:
        raise Refused("Category is not included in the list", field="category")
    if len(comment) > COMMENT_MAX:
        raise Refused(f"Comment has at most {COMMENT_MAX} characters", field="comment")
    if not set(rule_ids) <= charters.known_rules(tx):
        raise Refused("Rules are not those of this server's charter", field="rule_ids")
    if len(post_ids) > POSTS_MAX:
        raise Refused(f"At most {POSTS_MAX} posts in a report", field="status_ids")
    if reports.count_since(tx, me, tx.now - A_DAY) >= REPORTS_A_DAY:
        raise Refused("Too many reports in one day: please write to the moderators.", code="too_many")
    kept = list(dict.fromkeys(_post_of(tx, me, post_id, about.id) for post_id in post_ids))
    forward = forward and not about.local
    report_id = reports.insert(
        tx,
        me,
        about.id,
        post_ids=kept,
        comment=comment.strip(),
        category="violation" if rule_ids else category,
        rule_ids=list(dict.fromkeys(rule_ids)),
        forward=forward,
    )
    if forward:
        jobs.send_flag(tx, report_id)
    tell_moderators(tx, "admin.report", me, report_id)
    return report_id


def tell_moderators(
    tx: Tx, kind: Literal["admin.report", "admin.sign_up"], from_id: int, subject_id: int
) -> None:
    """Everybody who looks after this instance hears of a report or of somebody new."""
    for moderator in moderation.staff(tx):
        if moderator != from_id:
            notices.notify_about(tx, moderator, kind, from_id, subject_id)


def _post_of(tx: Tx, me: PersonId, post_id: int, author_id: int) -> int:
    """A post of theirs that the reporter sees, by its id or a boost's; anything else is as if it were not."""
    found = post_views.view(tx, me, post_id)
    if found is None or found.post.author_id != author_id:
        raise NotFound
    return found.post.id


def own_report(tx: Tx, me: PersonId, report_id: int) -> Report:
    """A report that one made. NotFound."""
    found = reports.by_writer(tx, me, report_id)
    if found is None:
        raise NotFound
    return found
