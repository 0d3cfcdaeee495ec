"""Two weeks of one request on three servers: questions, a pause, a sleep, and thanks at the end."""

import pytest

from fedi_aid.storage import help as help_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from tests.federation.conftest import Fediverse, Server, Who

pytestmark = pytest.mark.anyio
RAMP = "My shop needs a ramp. Who knows a carpenter?"


class Story:
    """Amina (one) – Bruno (two) – Chloé (three), and what their butlers say to them."""

    def __init__(self, fediverse: Fediverse, one: Server, two: Server, three: Server) -> None:
        self.fediverse, self.one, self.two, self.three = fediverse, one, two, three

    async def days(self, number: float) -> None:
        """Days pass, half a day at a time."""
        for _ in range(int(number * 2)):
            await self.fediverse.later(hours=12)

    async def tell(self, who: Who, words: str) -> str:
        """What the butler answers."""
        await who.writes(f"@butler {words}", visibility="direct")
        await self.fediverse.settle()
        return (await letters(who))[0]

    async def state(self, post_id: int) -> str:
        found = await self.one.instance.db.read(help_rows.request, post_id)
        assert found is not None
        return found.state

    async def shown_to(self, who: Who) -> list[bool | None]:
        """Whether the flag is up, in every copy of the request that somebody has at home."""
        return [one.post.help_flag for one in await who.home() if one.post.text == RAMP]


async def letters(who: Who) -> list[str]:
    notices = await who.server.instance.db.read(timelines.notices, who.id, Page(limit=80))
    return [one.post.post.text for one in notices if one.post and one.person.username == "butler"]


def saying(found: list[str], words: str) -> int:
    return len([one for one in found if words in one])


@pytest.fixture
async def story(fediverse: Fediverse) -> Story:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    return Story(fediverse, one, two, three)


async def test_two_weeks_of_a_request(story: Story) -> None:
    """M6, M7, R5, R18: the flag stays up through questions, a pause and a sleep, on every server, until its
    author says that the need is gone; then everybody who took part is thanked, by their own butler."""
    amina, bruno, chloe = story.one.amina, story.two.bruno, story.three.chloe
    post_id = await amina.asks(RAMP, intimacy=0)
    await story.fediverse.settle()
    assert saying(await letters(bruno), "May I show this") == 1
    await story.tell(bruno, "oui, bien sûr")
    await story.days(1)
    assert await story.shown_to(chloe) == [True]

    # Two days: where are you? A vote on the question is the answer.
    await story.days(1.5)
    assert saying(await letters(amina), "Where are you with") == 1
    [question] = [
        one
        for one in await story.one.instance.db.read(question_rows.open_questions, amina.id)
        if one.kind == "checkin"
    ]
    poll = await story.one.instance.db.read(poll_rows.of_post, amina.id, question.message_id)
    assert poll is not None
    assert poll.options[1] == "It still stands"
    assert "goes on" in await story.tell(amina, "pas encore")

    # Day 3: a pause of two days. Nobody is asked, and the copies stay.
    assert "rests until" in await story.tell(amina, "pause 2 days")
    assert await story.state(post_id) == "paused"
    await story.days(1)
    assert await story.shown_to(chloe) == [True]
    await story.days(1.5)
    assert await story.state(post_id) == "open"
    assert saying(await letters(amina), "pause you wished for") == 1

    # Day 5 to 13: Amina says nothing; the request goes to sleep, and the flag stays up everywhere.
    await story.days(8)
    assert await story.state(post_id) == "asleep"
    assert saying(await letters(amina), "let the request rest") == 1
    assert await story.shown_to(bruno) == [True]
    assert await story.shown_to(chloe) == [True]
    asleep_since = len(await letters(bruno))
    await story.days(1)
    assert len(await letters(bruno)) == asleep_since  # nobody is asked anything

    # Two weeks: a word wakes it, and another brings the flag down, on all three servers.
    assert "goes on" in await story.tell(amina, "Toujours, désolée !")
    assert await story.state(post_id) == "open"
    entry = next(one for one in await chloe.home() if one.post.text == RAMP)
    await chloe.writes("My brother is a carpenter.", reply_to_id=entry.post.id)
    await story.fediverse.settle()
    assert "I tell" in await story.tell(chloe, "yes please")
    await story.days(0.5)
    assert saying(await letters(amina), "offers to help") == 1
    assert "Did Chloe help you in the end?" in await story.tell(amina, "Résolu ! Merci à tous")
    assert "I thank Chloe for you" in await story.tell(amina, "oui, c'est elle")
    await story.days(0.5)
    assert await story.shown_to(bruno) == [False]
    kept = await chloe.sees(entry.post.id)  # who answered keeps it, to read the thanks
    assert kept is not None
    assert kept.post.help_flag is False
    assert saying(await letters(chloe), "Thank you for coming forward") == 1
    assert saying(await letters(chloe), "You helped with “My shop") == 1
    assert saying(await letters(bruno), "having carried it") == 1
    assert saying(await letters(bruno), "May I show this") == 1  # never asked a second time

    # What the butlers said never left their servers.
    for host in ("one.example", "two.example", "three.example"):
        for body in story.fediverse.internet.received_by(host):
            for words in (
                b"Where are you with",
                b"let the request rest",
                b"May I show this",
                b"/users/butler",
            ):
                assert words not in body
