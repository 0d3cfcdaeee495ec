"""What a member can help with, and what they accept to be asked for (AUDIENCE §3: recipients decide).

Nothing of it is told to anybody by itself: members choose who on this server sees it, and whether their
friends' servers may ask for it (RULES R23).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model import abilities as words
from fedi_aid.model.abilities import Kind, ShownTo
from fedi_aid.model.causes import BY_KEY, key_of
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Person
from fedi_aid.storage import abilities as rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

REFRESHED: Final = timedelta(days=1)
REFRESHED_AT_ONCE: Final = 50


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody can help with, as they wrote it. `languages` are codes; `kinds` of help they accept to
    be asked for, none meaning any; `only_through`: friends by whom alone requests may be carried to them."""

    skills: tuple[str, ...] = ()
    not_my_thing: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    availability: str = ""
    only_through: tuple[Person, ...] = ()
    shown_to: ShownTo = "friends"
    shared_with_friends_servers: bool = False
    paused: bool = False


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wants changed; None: as it is. Lists replace what was said before."""

    skills: Sequence[str] | None = None
    not_my_thing: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    causes: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    availability: str | None = None
    only_through: Sequence[int] | None = None
    shown_to: str | None = None
    shared_with_friends_servers: bool | None = None


def show(tx: Tx, me: int, locale: str = "en") -> Abilities:
    """All that a member said of themselves; causes are named in that language."""
    known = rows.profile_of(tx, me)
    skills = rows.skills_of(tx, me)
    people = people_rows.many(tx, known.only_through)
    return Abilities(
        skills=tuple(label for _, label, declared in skills if declared),
        not_my_thing=tuple(label for _, label, declared in skills if not declared),
        languages=known.languages,
        causes=tuple(rows.causes_of(tx, me, locale)),
        kinds=known.kinds,
        availability=known.availability,
        only_through=tuple(people[one] for one in known.only_through if one in people),
        shown_to=known.shown_to,
        shared_with_friends_servers=known.shared_with_friends_servers,
        paused=known.paused or _is_paused(tx, me, tx.now),
    )


def _is_paused(tx: Tx, person_id: int, now: datetime) -> bool:
    found = people_rows.availabilities(tx, [person_id]).get(PersonId(person_id))
    return found is not None and found.paused_until is not None and found.paused_until > now


def shown(tx: Tx, viewer: int | None, person_id: int, locale: str = "en") -> Abilities:
    """What somebody lets this viewer know of it. NotFound alike for nothing and for what is not shown."""
    if viewer is not None and viewer == person_id:
        return show(tx, person_id, locale)
    if not may_see(tx, viewer, person_id):
        raise NotFound
    found = show(tx, person_id, locale)
    if not (found.skills or found.languages or found.causes or found.availability):
        raise NotFound
    # What somebody refuses, and through whom, is theirs.
    return Abilities(
        skills=found.skills,
        languages=found.languages,
        causes=found.causes,
        availability=found.availability,
    )


def may_see(tx: Tx, viewer: int | None, person_id: int) -> bool:
    """Whether somebody shows this viewer what they can help with and what others vouch for."""
    return person_id in visible_among(tx, viewer, [person_id])


def visible_among(tx: Tx, viewer: int | None, ids: Sequence[int]) -> set[int]:
    """Who, of these, shows this viewer what they can help with. Whom a block keeps apart shows nothing; of
    people elsewhere a friend alone sees what their server told."""
    people = people_rows.many(tx, ids)
    profiles = rows.profiles_of(tx, ids)
    relations = ties.relations(tx, viewer, [one for one in people if one != viewer]) if viewer else {}
    found = set()
    for person_id, person in people.items():
        relation = relations.get(person_id)
        said = profiles.get(person_id, rows.NOTHING_SAID).shown_to if person.local else "friends"
        if relation is not None and (relation.blocking or relation.blocked_by):
            continue
        friend = relation is not None and relation.friends
        if person_id == viewer or said == "everybody" or (said == "friends" and friend):
            found.add(int(person_id))
    return found


def change(tx: Tx, me: int, wish: Wish) -> Abilities:
    """Say it anew, as far as it is given. Refused, naming the field; then nothing is changed."""
    values = _checked(tx, me, wish)
    _change_skills(tx, me, wish)
    if wish.causes is not None:
        found = words.named(wish.causes, most=words.CAUSES_MAX, field="causes", fold=key_of)
        rows.put_causes(tx, me, found.values())
    before = rows.profile_of(tx, me).shared_with_friends_servers
    rows.put_profile(tx, me, **values)
    if before or values.get("shared_with_friends_servers"):
        jobs.tell_abilities(tx, PersonId(me))
    return show(tx, me)


def _change_skills(tx: Tx, me: int, wish: Wish) -> None:
    if wish.skills is None and wish.not_my_thing is None:
        return
    known = rows.skills_of(tx, me)
    kept = {folded: label for folded, label, is_declared in known if is_declared}
    refused = {folded: label for folded, label, is_declared in known if not is_declared}
    if wish.skills is not None:
        kept = words.named(wish.skills, most=words.SKILLS_MAX, field="skills")
    if wish.not_my_thing is not None:
        refused = words.named(wish.not_my_thing, most=words.SKILLS_MAX, field="not_my_thing")
        if wish.skills is None:
            kept = {folded: label for folded, label in kept.items() if folded not in refused}
    rows.put_skills(tx, me, kept, refused)


def _checked(tx: Tx, me: int, wish: Wish) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if wish.languages is not None:
        values["languages"] = words.languages(wish.languages)
    if wish.kinds is not None:
        values["kinds"] = words.kinds(list(wish.kinds))
    if wish.availability is not None:
        values["availability"] = clean_name(wish.availability, words.AVAILABILITY_MAX + 1)
        if len(values["availability"]) > words.AVAILABILITY_MAX:
            raise Refused(f"At most {words.AVAILABILITY_MAX} characters", field="availability")
    if wish.only_through is not None:
        given = list(dict.fromkeys(wish.only_through))
        if len(given) > words.ONLY_THROUGH_MAX:
            raise Refused(f"At most {words.ONLY_THROUGH_MAX}", field="only_through")
        relations = ties.relations(tx, me, given)
        if not all(relations[one].friends for one in given):
            raise Refused("Requests can come through your friends alone", field="only_through")
        values["only_through"] = given
    if wish.shown_to is not None:
        if wish.shown_to not in words.SHOWN_TO:
            raise Refused(f"It is one of {', '.join(words.SHOWN_TO)}", field="shown_to")
        values["shown_to"] = wish.shown_to
    if wish.shared_with_friends_servers is not None:
        values["shared_with_friends_servers"] = wish.shared_with_friends_servers
    return values


# -- what a request asks for


def wanted_by(tx: Tx, person_id: int, tags: Collection[str]) -> tuple[str, ...]:
    """The skills that a request's hashtags ask for, as far as a friend of this person has any of them; none
    named, or nobody who has it: nothing special is needed. A hashtag that names a cause of the vocabulary is
    a subject, and no skill."""
    keys = {words.key(tag) for tag in tags if key_of(tag) not in BY_KEY}
    return words.wanted(tags, rows.skills_around(tx, person_id, keys - {""}))


# -- in single words, as one tells the butler


def learn(tx: Tx, me: int, said: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Add what a member says they can help with: (skills, languages) that were understood. What is a
    language's name counts as one. Refused beyond the limits."""
    spoken = {word: code for word in said if (code := words.language(word)) is not None and len(word) > 3}
    skills = [word for word in said if word not in spoken]
    known = show(tx, me)
    change(
        tx,
        me,
        Wish(
            skills=[*known.skills, *skills] if skills else None,
            languages=[*known.languages, *spoken.values()] if spoken else None,
        ),
    )
    return tuple(skills), tuple(dict.fromkeys(spoken.values()))


def speak(tx: Tx, me: int, said: Sequence[str]) -> tuple[str, ...]:
    """Add languages, by code or name; codes that were understood. Refused for what is none."""
    codes = words.languages(said)
    change(tx, me, Wish(languages=[*show(tx, me).languages, *codes]))
    return codes


def refuse(tx: Tx, me: int, said: Sequence[str]) -> tuple[str, ...]:
    """ "Not my thing": of skills that were asked for or declared. Labels."""
    found = words.named(said, most=words.SKILLS_MAX, field="not_my_thing")
    rows.refuse_skills(tx, me, found)
    if rows.profile_of(tx, me).shared_with_friends_servers:
        jobs.tell_abilities(tx, PersonId(me))
    return tuple(found.values())


# -- friends elsewhere


def befriended(tx: Tx, person_id: PersonId) -> None:
    """A friendship with somebody elsewhere began: their server is asked what they can help with."""
    if rows.help_uri(tx, person_id) is not None:
        jobs.fetch_abilities(tx, person_id)


def refresh(tx: Tx) -> None:
    """Ask friends' servers anew, those not asked for longest first; of whom nobody here is a friend any more,
    nothing is kept. By the hour."""
    for person_id in rows.due(tx, tx.now - REFRESHED, limit=REFRESHED_AT_ONCE):
        jobs.fetch_abilities(tx, person_id)
    for person_id in rows.orphaned(tx, limit=REFRESHED_AT_ONCE):
        rows.forget(tx, person_id)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A help profile as another server gave it, not yet cleaned."""

    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    paused: bool = False


def remember(tx: Tx, person_id: PersonId, told: Told | None) -> None:
    """What a friend's server said, in the place of what it said before; None: it says nothing (any more).

    What cannot be read is left out, never refused. Nothing is kept of whom nobody here is a friend.
    """
    person = people_rows.by_id(tx, person_id)
    if person is None or person.local:
        return
    if not rows.has_friend_here(tx, person_id):
        rows.forget(tx, person_id)
        return
    told = told or Told()
    rows.put_skills(tx, person_id, _readable(told.skills, words.SKILLS_MAX), {})
    causes = [clean_name(one.lstrip("#"), words.NAME_MAX) for one in told.causes[: words.CAUSES_MAX]]
    rows.put_causes(tx, person_id, [one for one in causes if key_of(one)])
    spoken = [code for one in told.languages if (code := words.language(one)) is not None]
    rows.put_profile(
        tx,
        person_id,
        languages=list(dict.fromkeys(spoken))[: words.LANGUAGES_MAX],
        paused=told.paused,
        fetched_at=tx.now,
    )


def _readable(names: Sequence[str], most: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        label = clean_name(name.lstrip("#"), words.NAME_MAX)
        if words.key(label):
            found.setdefault(words.key(label), label)
    return dict(list(found.items())[:most])


def parted(tx: Tx, one: int, other: int) -> None:
    """A friendship ended: of somebody elsewhere who is nobody's friend here any more nothing is kept, and
    requests no longer come through who is no friend."""
    for here, person_id in ((one, other), (other, one)):
        known = rows.profile_of(tx, here)
        if person_id in known.only_through:
            left = [kept for kept in known.only_through if kept != person_id]
            rows.put_profile(tx, here, only_through=left)
        person = people_rows.by_id(tx, person_id)
        if person is not None and not person.local and not rows.has_friend_here(tx, person_id):
            rows.forget(tx, person_id)
