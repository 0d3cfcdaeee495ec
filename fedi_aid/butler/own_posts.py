"""What the butler says to an author about a post of theirs: before it goes, once changed, once answered."""

import msgspec

from fedi_aid.actions import audiences, widening
from fedi_aid.actions import posts as writing
from fedi_aid.butler import letters, speak
from fedi_aid.model.ids import PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.storage import audience_rows, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx


def approve(tx: Tx, post_id: PostId) -> None:
    """List to its author who would see a held post, and ask (RULES R14)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if post is None or author is None or post.held_until is None:
        return
    people = people_rows.many(tx, audiences.foreseen(tx, author, post))
    letter: letters.Letter = "approve_close"
    if not people:
        letter = "approve_nobody"
    elif post.intimacy == Intimacy.CONFIDANTS:
        letter = "approve_confidants"
    speak.ask(
        tx,
        author,
        "approve",
        letter,
        post_id=post_id,
        excerpt=letters.excerpt(post.text),
        people=letters.listed([one.name for one in people.values()], author.locale),
    )


def ask_wider(tx: Tx, post_id: PostId, level: int) -> None:
    """An edited text asks for a wider level: nothing is shown to anybody new before a `yes` (RULES R15)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if post is None or author is None or not widening.is_wider(post, level):
        return
    for question in question_rows.open_questions(tx, author.id):
        if question.post_id == post.id and question.kind == "level":
            question_rows.close_questions(tx, ids=[question.id])
    told = {"excerpt": letters.excerpt(post.text), "level": level}
    told["level_name"] = LEVELS[Intimacy(level)].name(author.locale)
    letter: letters.Letter = "level"
    if level >= Intimacy.CLOSE:  # vulnerable still: their author sees who may read it (RULES R14)
        wider = msgspec.structs.replace(post, intimacy=level)
        people = people_rows.many(tx, audiences.foreseen(tx, author, wider))
        told["people"] = letters.listed([one.name for one in people.values()], author.locale)
        letter = "level_close"
    speak.ask(tx, author, "level", letter, post_id=post_id, about_id=level, **told)


def release(tx: Tx, post_id: PostId) -> None:
    """The five minutes of a level 3 are over and its author did not object."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if author is not None and post is not None and post.held_until is not None:
        if post.held_until > tx.now:
            return  # kept back by its author
        question_rows.close_questions(tx, post_id=post_id)
        writing.release(tx, author, post_id)


def unknown_tags(tx: Tx, post_id: PostId, names: list[str]) -> None:
    """Say that a tag names no project or sphere of the author (RULES R13)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if author is not None and not author.butler_silent:
        told = letters.listed([letters.excerpt(name) for name in names], author.locale)
        speak.say(tx, author, "unknown_tags", names=told)


def unseen(tx: Tx, post_id: PostId) -> None:
    """Say that the engine found nobody for a post: it reaches no further by itself (PRODUCT, intimacy)."""
    post = post_rows.by_id_for_author(tx, post_id)
    author = people_rows.member(tx, post.author_id) if post else None
    if post is None or author is None or audience_rows.audience_of(tx, post.id):
        return
    letter: letters.Letter = "unseen" if ties.friends_around(tx, author.id) else "unseen_alone"
    speak.say(tx, author, letter, excerpt=letters.excerpt(post.text))


def overheard(tx: Tx, post_id: PostId, answer_id: PostId) -> None:
    """Warn the author that a hidden post was answered in public (RULES R4)."""
    post = post_rows.by_id_for_author(tx, post_id)
    answer = post_rows.get(tx, None, answer_id)
    member = people_rows.member(tx, post.author_id) if post else None
    who = people_rows.by_id(tx, answer.author_id) if answer else None
    if post is None or member is None or who is None:
        return
    excerpt = letters.excerpt(post.text)
    speak.say(tx, member, "overheard", name=who.name, handle=who.handle, excerpt=excerpt)
