"""Causes: one vocabulary for an instance, so that those who mean the same find each other."""

from collections.abc import Sequence

import msgspec

from fedi_aid.errors import Refused
from fedi_aid.model.causes import BY_KEY, key_of
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.posts import Post
from fedi_aid.storage import causes as rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage.causes import Known
from fedi_aid.storage.tx import Tx

NAME_MAX = 60


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A cause of the vocabulary as an admin sees it."""

    key: str
    name: str
    name_fr: str
    also: tuple[str, ...]


def suggested(tx: Tx, me: PersonId, words: str, *, limit: int) -> list[Known]:
    """Causes one of whose names begins with these words: of the vocabulary, and one's own."""
    return rows.begins_with(rows.offered(tx, also_of=me), words, limit=limit)


def of_post(tx: Tx, post: Post) -> set[str]:
    """Keys of the causes a post serves: those its hashtags say, and those of its project here."""
    said = set(rows.canonical(tx, post_rows.tags_of(tx, post.id)).values())
    return said | (project_rows.causes_of_project(tx, post.project_id) if post.project_id else set())


def listed(tx: Tx) -> list[Listed]:
    """The whole vocabulary, as everybody here is offered it."""
    return [
        Listed(key=one.key, name=one.name, name_fr=one.name_fr, also=one.also) for one in rows.offered(tx)
    ]


def add(tx: Tx, name: str, *, name_fr: str = "", also: Sequence[str] = ()) -> str:
    """Offer a cause to everybody, under one or two names and any number of others; its key. Refused for a
    name without letters, and for one that is in the vocabulary."""
    named, french = _name(name), _name(name_fr) if name_fr else ""
    others = [one for one in (french, *map(_name, also)) if one and key_of(one) != key_of(named)]
    for said in (named, *others):
        meant = _meant(tx, said)
        if meant in BY_KEY or rows.is_offered(tx, meant):
            raise Refused(f"{said} is in the vocabulary: see `fedi_aid causes merge`.", field="cause")
    into = rows.offer(tx, named, french or None)
    for other in others:
        rows.merge(tx, key_of(other), into)
    return _meant(tx, named)


def merge(tx: Tx, name: str, into: str) -> tuple[str, str]:
    """From now on a name, new or known, means another cause; whoever served it serves that one. The keys of
    both. Refused where the two are one already, or the other is not known."""
    old, new = _meant(tx, _name(name)), _meant(tx, _name(into))
    if new not in BY_KEY and not rows.is_known(tx, new):
        raise Refused(f"There is no cause {into}: see `fedi_aid causes list`.", field="cause")
    if old == new:
        raise Refused(f"{name} and {into} are one cause already.", field="cause")
    [target] = rows.ensure(tx, [new])
    rows.merge(tx, old, target)
    return old, new


def _meant(tx: Tx, name: str) -> str:
    return next(iter(rows.canonical(tx, [name]).values()))


def _name(name: str) -> str:
    found = clean_name(name.lstrip("#"), NAME_MAX + 1)
    if not key_of(found) or len(found) > NAME_MAX:
        raise Refused(f"A cause has 1 to {NAME_MAX} characters", field="cause")
    return found
