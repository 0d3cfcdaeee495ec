"""Passing a request to a friend by name: `pass @someone` (RULES R22, FEDERATION_EXTENSION §5).

At level 2 and above it only suggests the name to the author. Below, while the flag is up, it is carried to
that one friend; where the friend's server cannot be asked, the member writes to them, without the author's
name, and a page of ours shows the request: opened by a click, in the first browser, for three days at the
most, without pictures. Whoever passes is never told whether it was allowed to arrive (C12).
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Literal

import msgspec

from fedi_aid.actions import carry_tickets, carrying, editing
from fedi_aid.actions import help as help_actions
from fedi_aid.actions import posts as writing
from fedi_aid.actions.carrying import Terms
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.ids import PostId, opaque
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import passing, post_views, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.passing import Passed
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

How = Literal["suggested", "carried", "page"]

FIRST_CIRCLE: Final = frozenset({"chosen", "asked", "named"})
WORD_MAX: Final = 500
ANSWER_MAX: Final = 2_000
PAGES_A_DAY: Final = 3
PAGE_LIFE: Final = timedelta(hours=72)
AT_ONCE: Final = 200

# What a member sends in their own name when they give no words of their own. Never the author's name.
WORDS: Final = {
    "en": "Somebody I know asks for help, and I thought of you.",
    "fr": "Quelqu’un que je connais demande de l’aide, et j’ai pensé à vous.",
}
LINK: Final = {
    "en": "You can read it here until {until}, in one browser, by a click: {link}\nNo answer is needed.",
    "fr": (
        "C’est à lire ici jusqu’au {until}, dans un seul navigateur, d’un clic : {link}\n"
        "Rien n’oblige à répondre."
    ),
}
OVER: Final = {
    "en": "(This is over: the page is closed. Thank you.)",
    "fr": "(C’est terminé : la page est fermée. Merci.)",
}
SOLVED: Final = {
    "en": "(Solved, thank you: the page is closed.)",
    "fr": "(C’est réglé, merci : la page est fermée.)",
}
SUGGESTED: Final = {
    "en": "I thought of {name} ({handle}) for this: perhaps you would like to ask them.",
    "fr": "J’ai pensé à {name} ({handle}) pour cela : peut-être voudrez-vous lui demander.",
}
CAN_HELP: Final = {
    "en": "{name} ({handle}), to whom I passed this on, answers: “{answer}”",
    "fr": "{name} ({handle}), à qui j’ai transmis cela, répond : « {answer} »",
}


def _in(sentences: dict[str, str], member: Member) -> str:
    return sentences["fr" if member.locale.startswith("fr") else "en"]


def _quiet(text: str) -> str:
    """Names nobody: what looks like an address of somebody is no mention."""
    return text.replace("@", "@\u200b")


# -- the member's word


def pass_on(tx: Tx, me: Member, post_id: int, person_id: int, *, word: str = "") -> How:
    """Pass a request that one was shown as a friend of its author to a friend of one's own.

    NotFound for what is no open request one may see; Refused for somebody who is no friend, for its author,
    and for what came through a friend: it goes no further than that (C16).
    """
    view = post_views.view(tx, me.id, post_id)
    person = people_rows.by_id(tx, person_id)
    if view is None or not view.post.flag_is_up or view.post.reach != "chosen":
        raise NotFound
    post = view.post
    if post.author_id == me.id or view.access is None or view.access.kind not in FIRST_CIRCLE:
        raise Refused("A request goes on from friends of its author alone.", field="id")
    if person is None or person.id == post.author_id or not ties.are_friends(tx, me.id, person.id):
        raise Refused("One passes a request to friends.", field="account_id")
    word = word.strip()[:WORD_MAX]
    asked = _ticket(tx, me, post) if post.carriable else None
    if asked is None:
        _suggest(tx, me, post, person, word)
        return "suggested"
    how: How = "carried" if person.speaks_fedi_aid else "page"
    known = passing.between(tx, post.id, me.id, person.id)
    if known is None:
        _agree_for_one(tx, me, asked)
        ends_at = min(tx.now + PAGE_LIFE, asked.ends_at or tx.now + PAGE_LIFE)
        passed_id = passing.insert(
            tx, post_id=post.id, carrier_id=me.id, person_id=person.id, word=word, ends_at=ends_at
        )
        if passed_id is not None:
            errands.pass_to_one(tx, passed_id)
    return how


def _ticket(tx: Tx, me: Member, post: Post) -> ReceivedAsk | None:
    """The living ticket of a member; on its author's own server one is made."""
    author = people_rows.by_id(tx, post.author_id)
    if author is not None and author.local:
        carry_tickets.ask_to_carry(tx, post, me.person, wave=0)
    for asked in received_rows.received_for(tx, post.id, me.id, "carry"):
        if asked.state != "closed" and (asked.ends_at is None or asked.ends_at > tx.now):
            return asked
    return None


def _agree_for_one(tx: Tx, me: Member, asked: ReceivedAsk) -> None:
    """The consent for this one friend: the question whether to carry to others is answered by it."""
    if asked.state in ("waiting", "asked", "refused"):
        received_rows.change_received(tx, asked.id, state="passed", due_at=None)
        question_rows.close_questions_about(tx, me.id, asked.id, answer="pass")


def _suggest(tx: Tx, me: Member, post: Post, person: Person, word: str) -> None:
    """Tell the author a name; whom they ask is theirs. On another server by an answer in one's own words."""
    author = people_rows.by_id(tx, post.author_id)
    if author is not None and author.local:
        errands.butler_suggested(tx, post.id, me.id, person.id)
        return
    handle = _quiet(person.handle if person.domain else f"{person.username}@{tx.house.domain}")
    said = _in(SUGGESTED, me).format(name=_quiet(person.name), handle=handle)
    text = f"{said}\n\n{_quiet(word)}".strip()
    writing.publish(
        tx,
        me,
        writing.Draft(text=text, visibility="direct", reply_to_id=post.id, language=me.locale),
        notice=False,
    )


# -- what becomes of it


def go(tx: Tx, passed_id: int, terms: Callable[[bytes], Terms | None]) -> None:
    """Carry it to the one friend, or write to them. Silently nothing where the author's exclusions, a block,
    a budget or the ticket forbid it. `terms` as in `carrying.spread`."""
    passed = passing.by_id(tx, passed_id)
    if passed is None or passed.note_id is not None or passed.closed_at is not None:
        return
    found = _allowed(tx, passed, terms)
    if found is None:
        passing.change(tx, passed.id, closed_at=tx.now)
        return
    post, asked, person = found
    if person.speaks_fedi_aid:
        carrying.offer_to(tx, post, passed.carrier_id, person.id, asked)
    elif not _write_to(tx, passed, person):
        passing.change(tx, passed.id, closed_at=tx.now)


def _allowed(
    tx: Tx, passed: Passed, terms: Callable[[bytes], Terms | None]
) -> tuple[Post, ReceivedAsk, Person] | None:
    post = _alive(tx, passed)
    person = people_rows.by_id(tx, passed.person_id)
    asked = carrying.agreed(tx, passed.post_id, passed.carrier_id)
    if post is None or person is None or asked is None:
        return None
    said = terms(asked.ticket) if asked.ticket is not None else None
    if asked.ticket is not None and (said is None or said.excluded(person.uri)):
        return None
    taken = len(passing.pages_of(tx, post.id, passed.carrier_id))
    if not carrying.has_room(tx, post, passed.carrier_id, seats=said.seats if said else None, more=taken):
        return None
    return post, asked, person


def _alive(tx: Tx, passed: Passed) -> Post | None:
    """The request, while its flag is up at level 0 or 1, the two are friends, the ticket runs, and nobody is
    barred; RULES R2: a friend of the author is left to the author."""
    post = post_rows.get(tx, passed.carrier_id, passed.post_id)
    if post is None or not post.carriable or passed.ends_at <= tx.now:
        return None
    if carrying.agreed(tx, post.id, passed.carrier_id) is None:
        return None
    reader = passed.person_id
    if not ties.are_friends(tx, passed.carrier_id, reader) or ties.are_friends(tx, post.author_id, reader):
        return None
    if ties.barred_ids(tx, post.author_id, [reader]) or ties.barred_ids(tx, passed.carrier_id, [reader]):
        return None
    return post


def _write_to(tx: Tx, passed: Passed, person: Person) -> bool:
    """In the member's own account and words, with the link; False when they have made enough pages today."""
    member = people_rows.member(tx, passed.carrier_id)
    day = tx.house.soon(timedelta(days=1))
    if member is None or passing.pages_since(tx, member.id, tx.now - day) >= PAGES_A_DAY:
        return False
    secret = opaque()
    until = f"{passed.ends_at:%Y-%m-%d %H:%M} UTC"
    link = _in(LINK, member).format(until=until, link=f"{tx.house.base_url}/introduced/{secret}")
    word = passed.word or _in(WORDS, member)
    text = f"@{person.username}@{person.domain} {_quiet(word)}\n\n{link}"
    note_id = writing.publish(
        tx, member, writing.Draft(text=text, visibility="direct", language=member.locale), notice=False
    )
    passing.change(tx, passed.id, page=digest(secret), note_id=note_id)
    return True


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


# -- the page


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What the one browser sees: the words alone."""

    author: Person
    carrier: Person
    text: str
    passed: Passed


def is_open(tx: Tx, secret: str, reader: str) -> bool:
    """Whether there is such a page for this browser: not opened yet, or opened by it. The same queries for
    what is closed and what never was (RULES R7)."""
    return _page(tx, secret, reader) is not None


def _page(tx: Tx, secret: str, reader: str) -> tuple[Passed, Post] | None:
    passed = passing.by_page(tx, digest(secret))
    if passed is None or passed.closed_at is not None:
        return None
    if passed.reader is not None and passed.reader != digest(reader):
        return None
    post = _alive(tx, passed)
    return (passed, post) if post is not None else None


def open_page(tx: Tx, secret: str, reader: str) -> Page:
    """Show the request to the first browser that asks; NotFound for any other, and when it is over."""
    found = _page(tx, secret, reader)
    if found is None:
        raise NotFound
    passed, post = found
    if passed.reader is None and not passing.bind(tx, passed.id, digest(reader)):
        raise NotFound
    author = people_rows.by_id(tx, post.author_id)
    carrier = people_rows.by_id(tx, passed.carrier_id)
    if author is None or carrier is None:
        raise NotFound
    return Page(author=author, carrier=carrier, text=post.text, passed=passed)


def answer_page(tx: Tx, secret: str, reader: str, *, words: str, may_be_named: bool) -> Page:
    """Answer, once: to the friend who passed it on, and if they may be named through the friend to the
    author, as an offer. Refused without words; NotFound as for `open_page`."""
    page = open_page(tx, secret, reader)
    words = words.strip()
    if not words or len(words) > ANSWER_MAX:
        raise Refused(f"From 1 to {ANSWER_MAX} characters.", field="words")
    if page.passed.answer is not None:
        return page
    passing.change(tx, page.passed.id, answer=words, may_be_named=may_be_named)
    member = people_rows.member(tx, page.carrier.id)
    person = people_rows.by_id(tx, page.passed.person_id)
    if member is not None and person is not None and may_be_named:
        said = _in(CAN_HELP, member).format(
            name=_quiet(person.name), handle=_quiet(person.handle), answer=_quiet(words)
        )
        help_actions.offer(tx, member, page.passed.post_id, words=said)
    errands.butler_page_answered(tx, page.passed.id)
    return msgspec.structs.replace(page, passed=msgspec.structs.replace(page.passed, answer=words))


# -- the end


def close(tx: Tx, post_id: PostId) -> None:
    """The flag came down: its pages are closed, and the messages that brought them say so."""
    for passed in passing.pages_of(tx, post_id):
        _close(tx, passed, SOLVED)


def close_dead(tx: Tx) -> None:
    """Pages whose time, ticket or request is over; a periodic task."""
    for passed in passing.open_pages(tx, limit=AT_ONCE):
        if _alive(tx, passed) is None:
            _close(tx, passed, OVER)


def _close(tx: Tx, passed: Passed, last: dict[str, str]) -> None:
    passing.change(tx, passed.id, closed_at=tx.now)
    member = people_rows.member(tx, passed.carrier_id)
    person = people_rows.by_id(tx, passed.person_id)
    note = post_rows.get(tx, passed.carrier_id, passed.note_id or 0)
    if member is None or person is None or note is None:
        return
    word = passed.word or _in(WORDS, member)
    text = f"@{person.username}@{person.domain} {_quiet(word)}\n\n{_in(last, member)}"
    editing.edit(tx, member, note.id, writing.Draft(text=text, visibility="direct", language=note.language))
