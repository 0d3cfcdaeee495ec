"""Telling a member that something happened: the notice itself, and a push to their devices.

Everything that would notify goes through `notify`, so that no kind of notice forgets the push.
"""

from fedi_aid.storage import push, timelines
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def notify(
    tx: Tx, member_id: int, kind: str, from_id: int, *, post_id: int | None = None, stranger: bool = False
) -> bool:
    """Tell a member, once per kind, person and post. A stranger who waits apart rings no bell (PRODUCT S2).
    What a push says, and whether it still may, is decided when it is sent (job `push_notice`)."""
    notice_id = timelines.notify(tx, member_id, kind, from_id, post_id=post_id, stranger=stranger)
    if notice_id is None:
        return False
    if not stranger:
        _ring(tx, member_id, notice_id)
    return True


def notify_about(tx: Tx, member_id: int, kind: str, from_id: int, subject_id: int) -> bool:
    """Tell a member, once, of what is no post: a report, a decision, ties that were cut."""
    notice_id = timelines.notify_about(tx, member_id, kind, from_id, subject_id)
    if notice_id is None:
        return False
    _ring(tx, member_id, notice_id)
    return True


def _ring(tx: Tx, member_id: int, notice_id: int) -> None:
    for subscription_id in push.ids_of(tx, member_id):
        jobs.push_notice(tx, subscription_id, notice_id)
