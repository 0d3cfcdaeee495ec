"""Handling reports: who looks after one, of what kind it is, and whether it is settled. All is written down,
also who was shown a post that is not theirs to read: a moderator sees those that were reported, and no other.
"""

from collections.abc import Sequence

from fedi_aid.actions.judging import rules_named
from fedi_aid.actions.moderation import CATEGORIES
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.moderation import Deed
from fedi_aid.model.people import Member
from fedi_aid.model.posts import PostView
from fedi_aid.storage import moderation, post_views, reports
from fedi_aid.storage.reports import Case
from fedi_aid.storage.tx import Tx


def case(tx: Tx, report_id: int) -> Case:
    """One report. NotFound."""
    found = reports.case(tx, report_id)
    if found is None:
        raise NotFound
    return found


def look_at(tx: Tx, by: Member, found: Case) -> list[PostView]:
    """The posts that a report names. Who is shown one that they could not read by themselves leaves a line in
    the log, once for each report."""
    shown = reports.posts_of(tx, by.id, found)
    own = {view.post.id for view in post_views.views(tx, by.id, [view.post.id for view in shown])}
    hidden = [view.post.id for view in shown if view.post.id not in own]
    if hidden:
        moderation.note_view(tx, by.id, found.id, hidden)
    return shown


def _change(tx: Tx, by: Member, report_id: int, deed: Deed, **values: object) -> Case:
    found = case(tx, report_id)
    reports.change(tx, found.id, **values)
    moderation.note(tx, by.id, deed, about_id=found.about_id, subject=str(found.id))
    return case(tx, report_id)


def take(tx: Tx, by: Member, report_id: int) -> Case:
    """Look after a report oneself."""
    return _change(tx, by, report_id, "assign", assigned_id=by.id)


def leave(tx: Tx, by: Member, report_id: int) -> Case:
    """Nobody in particular looks after it any more."""
    return _change(tx, by, report_id, "unassign", assigned_id=None)


def close(tx: Tx, by: Member, report_id: int) -> Case:
    """It is settled."""
    return _change(tx, by, report_id, "resolve", closed_at=tx.now, closed_by=by.id)


def reopen(tx: Tx, by: Member, report_id: int) -> Case:
    return _change(tx, by, report_id, "reopen", closed_at=None, closed_by=None)


def sort(tx: Tx, by: Member, report_id: int, *, category: str | None, rule_ids: Sequence[str] | None) -> Case:
    """Of what kind it is, and which rules of the charter it touches. Refused for what is neither."""
    if category is not None and category not in CATEGORIES:
        raise Refused("Category is not included in the list", field="category")
    if rule_ids is not None and len(rules_named(tx, rule_ids)) != len(set(rule_ids)):
        raise Refused("Rules are not those of this server's charter", field="rule_ids")
    values: dict[str, object] = {}
    if rule_ids is not None:
        values["rule_ids"] = rules_named(tx, rule_ids)
    if category is not None:
        values["category"] = category
        if category != "violation":
            values["rule_ids"] = []
    return _change(tx, by, report_id, "sort", **values)
