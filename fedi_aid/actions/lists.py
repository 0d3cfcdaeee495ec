"""Lists: spheres a member draws of their own friends (RULES R10)."""

from collections.abc import Iterable

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.storage import lists, people, ties
from fedi_aid.storage.lists import ListRow
from fedi_aid.storage.tx import Tx

TITLE_MAX = 100
LISTS_MAX = 50
PEOPLE_MAX = 500
POLICIES = ("followed", "list", "none")


def make(
    tx: Tx, me: PersonId, *, title: str, replies_policy: str = "list", exclusive: bool = False
) -> ListRow:
    """Draw a new sphere. Refused."""
    if len(lists.all_of(tx, me)) >= LISTS_MAX:
        raise Refused(f"At most {LISTS_MAX} lists")
    list_id = lists.insert(
        tx, me, title=_title(title), replies_policy=_policy(replies_policy), exclusive=exclusive
    )
    return own(tx, me, list_id)


def _title(title: str) -> str:
    title = clean_name(title, TITLE_MAX + 1)
    if not title:
        raise Refused("Title can't be blank", code="blank", field="title")
    if len(title) > TITLE_MAX:
        raise Refused(f"Title has at most {TITLE_MAX} characters", field="title")
    return title


def _policy(policy: str) -> str:
    if policy not in POLICIES:
        raise Refused("Replies policy is not included in the list", field="replies_policy")
    return policy


def own(tx: Tx, me: PersonId, list_id: int) -> ListRow:
    """A list of one's own. NotFound."""
    found = lists.one(tx, me, list_id)
    if found is None:
        raise NotFound
    return found


def change(
    tx: Tx,
    me: PersonId,
    list_id: int,
    *,
    title: str | None = None,
    replies_policy: str | None = None,
    exclusive: bool | None = None,
) -> ListRow:
    """Change what is given. NotFound, Refused."""
    own(tx, me, list_id)
    values: dict[str, object] = {}
    if title is not None:
        values["title"] = _title(title)
    if replies_policy is not None:
        values["replies_policy"] = _policy(replies_policy)
    if exclusive is not None:
        values["exclusive"] = exclusive
    if values:
        lists.change(tx, list_id, **values)
    return own(tx, me, list_id)


def drop(tx: Tx, me: PersonId, list_id: int) -> None:
    own(tx, me, list_id)
    lists.drop(tx, list_id)


def add(tx: Tx, me: PersonId, list_id: int, ids: Iterable[int]) -> None:
    """Put people one follows on a list. NotFound for the list or anybody who is not followed."""
    own(tx, me, list_id)
    for person_id in ids:
        if people.by_id(tx, person_id) is None or not (
            ties.is_following(tx, me, person_id) or person_id == me
        ):
            raise NotFound
        lists.add(tx, list_id, person_id)
    if len(lists.people_on(tx, list_id, max_id=None, since_id=None, limit=None)) > PEOPLE_MAX:
        raise Refused(f"At most {PEOPLE_MAX} people on a list", field="account_ids")


def remove(tx: Tx, me: PersonId, list_id: int, ids: Iterable[int]) -> None:
    own(tx, me, list_id)
    lists.remove(tx, list_id, ids)
