"""Orders of an author about their own requests: lower, keep, rest, and how urgent it is."""

from datetime import timedelta
from typing import Final

from fedi_aid.actions import help as help_actions
from fedi_aid.actions.people import update_profile
from fedi_aid.audience.engine import OPEN_ASKS
from fedi_aid.butler import asked, commands, letters, meant, speak, story, thanking, until, who_helped
from fedi_aid.butler.commands import Command
from fedi_aid.errors import Refused
from fedi_aid.model.help import Outcome, Urgency
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx

PAUSE: Final = timedelta(days=7)
OUTCOMES: Final[dict[str, Outcome]] = {
    "done": "solved",
    "withdrawn": "withdrawn",
    "no_longer_needed": "no_longer_needed",
}
# In this order: "not urgent" holds "urgent".
URGENCIES: Final[dict[str, Urgency]] = {
    **dict.fromkeys(("isn t urgent", "pas si urgent"), "low"),
    **dict.fromkeys(("low", "faible", "basse", "not urgent", "pas urgent", "no hurry", "presse"), "low"),
    **dict.fromkeys(("normal", "normale", "moyenne", "medium"), "normal"),
    **dict.fromkeys(("high", "haute", "urgent", "urgente", "forte", "elevee"), "high"),
}


def done(tx: Tx, member: Member, message: Post, command: Command) -> None:
    post_id = meant.one_request(tx, member, message)
    if post_id is not None:
        lower(tx, member, message, post_id, OUTCOMES[command.verb], said=command.thanks)


def lower(
    tx: Tx, member: Member, message: Post, post_id: PostId, outcome: Outcome, *, said: str = ""
) -> None:
    """Lower it, and thank whom the same message names for having helped; else ask who did."""
    post = help_actions.lower(tx, member.id, post_id, outcome)
    if said and (named := thanking.read_thanks(said)):
        _thank(tx, member, message, post, named, solved=outcome == "solved")
    elif outcome != "solved" or not who_helped.ask(tx, member, post, reply_to=message.id):
        speak.say(tx, member, "lowered", reply_to=message.id, excerpt=letters.excerpt(post.text))


def _thank(
    tx: Tx, member: Member, message: Post, post: Post, named: list[thanking.Said], *, solved: bool
) -> None:
    done = thanking.thank_all(tx, member, named, post.id if solved else None)
    excerpt = letters.excerpt(post.text)
    others = letters.not_thanked(letters.listed(done.others, member.locale), member.locale)
    told = {"excerpt": excerpt, "name": done.names(member.locale), "others": others}
    if not done.people:
        speak.say(tx, member, "lowered_nobody_thanked", reply_to=message.id, excerpt=excerpt, others=others)
    elif not done.vouchable:
        speak.say(tx, member, "lowered_thanked", reply_to=message.id, **told)
    else:
        what = done.what(member.locale)
        asked_in = speak.say(tx, member, "lowered_vouch", reply_to=message.id, what=what, **told)
        thanking.ask_to_vouch(tx, member, done, asked_in)


def still(tx: Tx, member: Member, message: Post, command: Command) -> None:
    if member.paused_until is not None and member.paused_until > tx.now:
        resume(tx, member, message, command)
        return
    post_id = meant.one_request(tx, member, message)
    if post_id is not None:
        keep(tx, member, message, post_id)


def resume(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """The butler is called again after a silence or a pause; else a request goes on."""
    paused = member.paused_until is not None and member.paused_until > tx.now
    if not paused and not member.butler_silent:
        still(tx, member, message, command)
        return
    update_profile(tx, member.id, paused_until=None, butler_silent=False)
    asked.take_up(tx, member.id)
    speak.say(tx, member, "noted_resume", reply_to=message.id)


def keep(tx: Tx, member: Member, message: Post, post_id: PostId) -> None:
    help_actions.keep(tx, member.id, post_id)
    speak.say(tx, member, "noted_still", reply_to=message.id)


def pause(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """An author rests their request; anybody else asks not to be asked, for a week or as long as they say."""
    end = until.read(command.rest, tx.now, member.time_zone) if command.rest else None
    if command.rest and end is None:
        speak.say(tx, member, "unknown_until", reply_to=message.id)
        return
    question = meant.question(tx, member, message)
    own = [one.post_id for one in help_rows.open_requests_of(tx, member.id)]
    if not own or (question is not None and question.post_id not in own):
        end = end or tx.now + PAUSE
        update_profile(tx, member.id, paused_until=end)
        day = letters.day(end, member.locale, member.time_zone)
        speak.say(tx, member, "noted_pause_member", reply_to=message.id, until=day)
        return
    post_id = meant.one_request(tx, member, message)
    if post_id is None:
        return
    help_actions.rest(tx, member.id, post_id, until=end)
    if end is None:
        speak.say(tx, member, "noted_pause_request", reply_to=message.id)
    else:
        day = letters.day(end, member.locale, member.time_zone)
        speak.say(tx, member, "noted_pause_request_until", reply_to=message.id, until=day)


def urgency(tx: Tx, member: Member, message: Post, command: Command) -> None:
    said = commands.spelled(command.rest or message.text)
    wanted = next((level for words, level in URGENCIES.items() if f" {words} " in f" {said} "), None)
    if wanted is None:
        speak.say(tx, member, "unknown_urgency", reply_to=message.id)
        return
    post_id = meant.one_request(tx, member, message)
    post = post_rows.get(tx, member.id, post_id) if post_id is not None else None
    if post is None:
        return
    request = help_actions.adjust(tx, member.id, post.id, urgency=wanted)
    speak.say(
        tx,
        member,
        "noted_urgency",
        reply_to=message.id,
        excerpt=letters.excerpt(post.text),
        urgency=letters.urgency(wanted, member.locale),
        people=letters.people(max(OPEN_ASKS[wanted], request.helpers_needed), member.locale),
    )


def helpers(tx: Tx, member: Member, message: Post, command: Command) -> None:
    post_id = meant.one_request(tx, member, message)
    post = post_rows.get(tx, member.id, post_id) if post_id is not None else None
    if post is None:
        return
    number = commands.number(command.rest) or 0
    try:
        help_actions.adjust(tx, member.id, post.id, helpers_needed=number)
    except Refused:
        speak.say(tx, member, "unknown_helpers", reply_to=message.id)
        return
    people = letters.people(number, member.locale)
    excerpt = letters.excerpt(post.text)
    speak.say(tx, member, "noted_helpers", reply_to=message.id, excerpt=excerpt, people=people)


def listed(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """How one's requests stand, in numbers."""
    lines = []
    for request in help_rows.open_requests_of(tx, member.id):
        post = post_rows.get(tx, member.id, request.post_id)
        if post is not None:
            told = story.now(tx, request, post, member.locale, member.time_zone)
            lines.append(f"– {letters.quote(post.text, member.locale)}{letters.colon(member.locale)}{told}")
    if lines:
        speak.say(tx, member, "your_requests", reply_to=message.id, requests="\n".join(lines))
    else:
        speak.say(tx, member, "no_requests", reply_to=message.id)
