"""Flag: another server reports a member here to our moderators (A14). Its sender learns nothing of it."""

from datetime import timedelta

from fedi_aid.actions import moderation
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Refused
from fedi_aid.model.people import Person
from fedi_aid.model.text import plain
from fedi_aid.storage import domain_rules, federation, flags, people, posts
from fedi_aid.storage.tx import Tx

LOOKED_AT = 50  # of the things one Flag names
COMMENT_CHARS = 2_000
A_DAY = timedelta(days=1)
FLAGS_A_DAY = 50  # from one server


def report(tx: Tx, arrived: Arrived) -> None:
    """Kept with who sent it. What it names must be here, and a post also known to the reporter's server: a
    Flag finds out about nothing."""
    reporter = arrived.actor()
    if domain_rules.rejects_reports(tx, reporter.domain):
        raise Refused("Reports of this server are not read.", log="reports are refused")
    if flags.flags_within(tx, reporter.domain, A_DAY) >= FLAGS_A_DAY:
        raise Refused("Too many reports.", log=f"flags from {reporter.domain}")
    uris = list(dict.fromkeys(documents.links(arrived.activity, "object")[:LOOKED_AT]))
    about = next((one for uri in uris if (one := _member(tx, uri)) is not None), None)
    shown: list[int] = []
    for uri in uris:
        found = _post(tx, uri, reporter)
        if found is None or (about is not None and found[1] != about.id):
            continue
        about = about or people.by_id(tx, found[1])
        shown.append(found[0])
    if about is None:
        raise Refused("Nobody here is meant by this.", log="flag of nothing here")
    comment = plain(documents.text(arrived.activity, "content") or "")[:COMMENT_CHARS]
    report_id = flags.put_flag(
        tx, uri=arrived.uri, from_id=reporter.id, about_id=about.id, post_ids=shown, comment=comment
    )
    if report_id is not None:
        moderation.tell_moderators(tx, "admin.report", reporter.id, report_id)


def _member(tx: Tx, uri: str) -> Person | None:
    person = people.by_uri(tx, uri) if tx.house.owns(uri) else None
    return person if person is not None and people.member(tx, person.id) else None


def _post(tx: Tx, uri: str, reporter: Person) -> tuple[int, int] | None:
    """(post, author) of a member's post that the reporter's server was given, by its own id or that of one
    recipient's form."""
    origin = federation.origin_by_uri(tx, uri)
    if origin is None:
        form = federation.projection_of(tx, uri)
        recipient = people.by_id(tx, form[1]) if form else None
        if form is None or recipient is None or recipient.domain != reporter.domain:
            return None
        origin = federation.origin_of(tx, form[0])
    if origin is None or not origin.local:
        return None
    open_to_all = origin.public and posts.get(tx, None, origin.post_id) is not None
    if not open_to_all and not federation.someone_there_may_see(tx, origin.post_id, reporter.domain):
        return None
    return origin.post_id, origin.author_id
