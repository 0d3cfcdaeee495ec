"""Orders of a member about themselves: what the butler may do, and how much of it."""

from typing import Final

from fedi_aid.actions import carry_consent, editing, rations, widening
from fedi_aid.actions.people import update_profile
from fedi_aid.butler import cards, commands, letters, meant, own_posts, speak, until
from fedi_aid.butler.asked import TOMORROW
from fedi_aid.butler.commands import Command
from fedi_aid.model.ids import PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import cards as card_rows
from fedi_aid.storage import outcomes
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

BUDGETS: Final = range(1, 8)
PUT_TO_THEM: Final = frozenset({"ask", "carry"})


def list_orders(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    speak.say(tx, member, "help", reply_to=message.id)


def more(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """More of one's timelines than the day's ration (PRODUCT S1)."""
    found = rations.ask_for_more(tx, member)
    speak.say(tx, member, "more", reply_to=message.id, depth=found.depth)


def stop(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """Silent for good, until it is called: answers go on, and what cannot wait."""
    update_profile(tx, member.id, butler_silent=True)
    speak.say(tx, member, "noted_stop", reply_to=message.id)


def later(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """What somebody was asked comes back tomorrow; a question about one's own things simply stays open."""
    question = meant.open_question(tx, member, message)
    if question is None:
        return
    asked = received_rows.received(tx, question.about_id or 0) if question.kind in PUT_TO_THEM else None
    if asked is None or asked.member_id != member.id or asked.state != "asked":
        speak.say(tx, member, "noted_later_own", reply_to=message.id)
        return
    tomorrow = tx.now + tx.house.soon(TOMORROW)
    question_rows.close_questions(tx, ids=[question.id], answer="later")
    received_rows.change_received(tx, asked.id, state="waiting", due_at=tomorrow)
    errands.carry_received(tx, asked.id, tomorrow)
    speak.say(tx, member, "noted_later", reply_to=message.id)


def less(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """A no that is also a taste: the engine learns it, and nobody is told."""
    question = meant.question(tx, member, message)
    if question is None or question.kind not in PUT_TO_THEM or question.post_id is None:
        speak.say(tx, member, "which_less", reply_to=message.id)
        return
    asked = received_rows.received(tx, question.about_id or 0)
    if asked is not None and asked.member_id == member.id and asked.state == "asked":
        carry_consent.answer(tx, member.id, asked.id, yes=False)
    outcomes.came_of(tx, question.post_id, member.id, "declined")
    speak.say(tx, member, "noted_less", reply_to=message.id)


# -- intimacy


def level(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """Of the post that the message answers a letter about; else one's own default from now on."""
    wanted = commands.number(command.rest)
    if wanted is None or wanted not in set(Intimacy):
        speak.say(tx, member, "unknown_level", reply_to=message.id)
        return
    chosen = Intimacy(wanted)
    question = meant.question(tx, member, message)
    if question is not None and question.post_id is not None:
        _level_of(tx, member, message, question.post_id, chosen)
        return
    update_profile(tx, member.id, default_intimacy=int(chosen))
    name = LEVELS[chosen].name(member.locale)
    speak.say(tx, member, "noted_default_level", reply_to=message.id, level=int(chosen), level_name=name)


def _level_of(tx: Tx, member: Member, message: Post, post_id: PostId, chosen: Intimacy) -> None:
    """Narrower at once; wider is asked for first (RULES R15)."""
    post = post_rows.get(tx, member.id, post_id)
    if post is None or post.author_id != member.id or post.reach != "chosen":
        speak.say(tx, member, "not_yours", reply_to=message.id)
        return
    if widening.is_wider(post, chosen):
        own_posts.ask_wider(tx, post.id, int(chosen))
        return
    narrower = post.intimacy is not None and chosen > post.intimacy
    if narrower:
        editing.narrow(tx, member, post.id, chosen)
    speak.say(
        tx,
        member,
        "noted_narrowed" if narrower else "noted_same_level",
        reply_to=message.id,
        excerpt=letters.excerpt(post.text),
        level=int(chosen),
        level_name=LEVELS[chosen].name(member.locale),
    )


# -- how often, and about what


def ration(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """How often a week the butler may disturb somebody."""
    wanted = commands.number(command.rest)
    if wanted is None or wanted not in BUDGETS:
        speak.say(tx, member, "unknown_ration", reply_to=message.id)
        return
    update_profile(tx, member.id, weekly_budget=wanted)
    speak.say(tx, member, "noted_ration", reply_to=message.id, times=letters.times(wanted, member.locale))


def hours(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """Between which hours of the day nobody is to disturb them."""
    wanted = until.between(command.rest)
    if wanted is None:
        speak.say(tx, member, "unknown_hours", reply_to=message.id)
        return
    start, end = wanted
    update_profile(tx, member.id, quiet_from=start, quiet_until=end)
    speak.say(tx, member, "noted_hours", reply_to=message.id, start=start, end=end, zone=member.time_zone)


def zone(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """By which clock they live."""
    wanted = until.place(command.rest)
    if wanted is None:
        speak.say(tx, member, "unknown_zone", reply_to=message.id)
        return
    update_profile(tx, member.id, time_zone=wanted)
    told = {"start": member.quiet_from, "end": member.quiet_until}
    speak.say(tx, member, "noted_hours", reply_to=message.id, zone=wanted, **told)


def choose_card(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """Switch one kind of card on or off."""
    kind = cards.named(commands.spelled(command.rest))
    if kind is None:
        names = letters.listed(cards.names(member.locale), member.locale)
        speak.say(tx, member, "unknown_card", reply_to=message.id, cards=names)
        return
    wanted = command.verb == "cards_on"
    card_rows.choose(tx, member.id, kind, wanted)
    letter: letters.Letter = "noted_cards_on" if wanted else "noted_cards_off"
    speak.say(tx, member, letter, reply_to=message.id, card=cards.name(kind, member.locale))
