"""Stories that quote a member: they are asked when they may be disturbed, and their answer holds (S4d)."""

from typing import Final

from fedi_aid.actions import stories
from fedi_aid.butler import letters, speak
from fedi_aid.butler.asked import LATER, free_from
from fedi_aid.butler.words.stories import READERS
from fedi_aid.errors import NotFound
from fedi_aid.model.help import Question
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import stories as rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

EXCERPTS: Final = 5  # more are on the page


def put(tx: Tx, story_id: int, person_id: PersonId) -> None:
    """Ask about all of theirs that a story shows, in one letter, within their own budget and quiet hours;
    later if it is not the moment. Who told the butler to be silent finds it on the page of stories."""
    member = people_rows.member(tx, person_id)
    waiting = stories.to_ask(tx, story_id, person_id)
    if member is None or member.butler_silent or not waiting:
        return
    free_at = free_from(tx, member)
    if free_at > tx.now:
        errands.butler_quoted(tx, story_id, person_id, min(free_at, tx.now + tx.house.soon(LATER)))
        return
    question_rows.interrupt(tx, member.id, "quoted")
    story = waiting[0].story
    message_id = speak.say(
        tx,
        member,
        "quoted",
        author=waiting[0].author.name,
        title=letters.excerpt(story.title),
        readers=READERS[story.shown_to_level][letters.language(member.locale)],
        excerpts="".join(letters.quoted(one.view.post.text, member.locale) for one in waiting[:EXCERPTS]),
    )
    if message_id is None:
        return
    rows.change_consents(tx, [one.consent.id for one in waiting], letter_id=message_id)
    question_rows.put_question(tx, member.id, "quoted", about_id=story.id, message_id=message_id)


def answered(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member said yes or no to the butler: of a no nobody is told."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    try:
        story = stories.answer_letter(
            tx, member.id, question.about_id or 0, question.message_id or 0, yes=yes
        )
    except NotFound:
        speak.say(tx, member, "noted_quoted_over", reply_to=message.id)
        return
    letter: letters.Letter = "noted_quoted" if yes else "noted_not_quoted"
    speak.say(tx, member, letter, reply_to=message.id, title=letters.excerpt(story.title))
