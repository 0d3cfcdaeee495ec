"""The room "Today": it ends, says why, and puts first what is asked; and a post with its thread."""

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, form_to, send, village
from page_checks import Page

from fedi_aid.actions import filters, invitations, posts, projects, ties
from fedi_aid.actions.filters import FilterWish, KeywordWish
from fedi_aid.actions.posts import Draft
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.web.i18n import catalogue

pytestmark = [pytest.mark.anyio, ON_SQLITE]


@pytest.fixture
async def people(house: House_) -> Neighbours:
    return await village(house)


def said(html: str) -> list[str]:
    """The words of the posts on a page, in order."""
    return [one.text.strip() for one in Page(html).all("div") if "words" in one.attributes.get("class", "")]


async def test_it_ends_and_goes_on_for_who_asks(people: Neighbours) -> None:
    """S1: after the day's ration a sentence; what lies below comes by an explicit wish."""
    await people.db.write(people_rows.change_member, people.id("amina"), daily_ration=5)
    for number in range(8):
        await people.writes("bruno", f"Row {number}")
    page = await people["amina"].get("/today")
    assert said(page.text) == [f"Row {number}" for number in (7, 6, 5, 4, 3)]
    assert "You are up to date. Come back tomorrow," in page.text
    more = await send(people["amina"], page, "/today/more")
    rest = await people["amina"].follow(more)
    assert said(rest.text) == ["Row 2", "Row 1", "Row 0"]
    assert "/today/more" not in rest.text, "there is nothing below"


async def test_a_long_ration_has_pages(people: Neighbours) -> None:
    for number in range(23):
        await people.writes("bruno", f"Row {number}")
    page = await people["amina"].get("/today")
    assert len(said(page.text)) == 20
    assert "up to date" not in page.text
    link = next(one for one in Page(page.text).all("a") if one.attributes.get("rel") == "next")
    rest = await people["amina"].get(link.attributes["href"])
    assert said(rest.text) == ["Row 2", "Row 1", "Row 0"]
    assert "up to date" in rest.text


async def test_who_has_no_friends_is_told_what_to_do_first(people: Neighbours) -> None:
    page = await people["dov"].get("/today")
    assert catalogue("en")["today.empty_what"] in page.text
    assert {"/people", "/write"} <= {one.attributes["href"] for one in Page(page.text).all("a")}
    assert "Nothing new today" in (await people["amina"].get("/today")).text


async def test_m1_each_post_says_why_and_through_whom(people: Neighbours) -> None:
    await people.writes("bruno", "The beans are up")
    page = await people["amina"].get("/today")
    assert "Bruno shares this with you (not everyone). You are friends." in page.text
    assert "Why do I see this?" in page.text
    own = await people["bruno"].get("/today")
    assert "Why do I see this?" not in own.text
    assert "Friends" in own.text


async def test_what_is_asked_stands_first_and_only_once(people: Neighbours) -> None:
    request = await people.writes("bruno", "A pianist for Saturday?", flag=True)
    await people.settle()
    assert await people.db.read(received_rows.waiting_for, people.id("amina"))
    await people.writes("chloe", "The choir met")
    page = await people["amina"].get("/today")
    assert said(page.text) == ["A pianist for Saturday?", "The choir met"]
    assert "The butler has a question for you" not in page.text, "it stands here already"
    answered = await send(people["amina"], page, _asked_form(page.text), {"do": "yes"})
    assert answered.status_code == 303
    assert await people.db.read(help_rows.has_offered, request, people.id("amina"))


def _asked_form(html: str) -> str:
    return next(
        one.attributes["action"] for one in Page(html).all("form") if "/asks/" in one.attributes["action"]
    )


async def test_r26_the_words_of_my_counsel_come_first(people: Neighbours) -> None:
    amina = await people.db.read(people_rows.member, people.id("amina"))
    project = (await people.db.write(projects.begin, amina.id, projects.Wish(title="A shop"))).project
    seat = await people.db.write(
        invitations.invite, amina, project.id, people.id("bruno"), "counsel", "Your eye on it?"
    )
    assert seat is not None
    [invited] = await people.db.read(invitations.received, people.id("bruno"))
    await people.db.write(invitations.accept, people.id("bruno"), invited.place.id)
    await people.writes("bruno", "First, the door")
    await people.writes("chloe", "The choir met")
    assert said((await people["amina"].get("/today")).text) == ["First, the door", "The choir met"]
    assert said((await people["chloe"].get("/today")).text) == ["The choir met"]


async def test_letters_and_answers_are_read_elsewhere(people: Neighbours) -> None:
    member = await people.db.read(people_rows.member, people.id("bruno"))
    await people.db.write(posts.publish, member, Draft(text="@amina between us", visibility="direct"))
    assert said((await people["amina"].get("/today")).text) == []


async def test_s3_a_filter_hides_or_folds(people: Neighbours) -> None:
    await people.writes("bruno", "Football tonight")
    sport = KeywordWish(keyword="football", whole_word=True)
    wish = FilterWish(title="Sport", places=("home",), action="warn", keywords=(sport,))
    made = await people.db.write(filters.make, people.id("amina"), wish)
    page = await people["amina"].get("/today")
    assert "Your filter “Sport” put this aside" in page.text
    await people.db.write(filters.change, people.id("amina"), made.id, FilterWish(action="hide"))
    assert said((await people["amina"].get("/today")).text) == []


async def test_r4_the_page_says_who_reads_an_answer_and_that_is_so(people: Neighbours) -> None:
    post_id = await people.writes("bruno", "The beans are up")
    page = await people["amina"].get(f"/posts/{post_id}")
    assert "Only Bruno will read this" in page.text
    sent = await send(people["amina"], page, f"/posts/{post_id}/reply", {"text": "How many rows?"})
    again = await send(people["amina"], page, f"/posts/{post_id}/reply", {"text": "How many rows?"})
    assert sent.headers["location"] == again.headers["location"], "sent twice, it is one"
    answer = sent.headers["location"].partition("?")[0]
    assert (await people["chloe"].get(answer)).status_code == 404
    own = await people["bruno"].get(f"/posts/{post_id}")
    assert "How many rows?" in own.text
    assert "Those who can read the post above will read this" in own.text
    empty = await send(people["amina"], page, f"/posts/{post_id}/reply", {"text": " ", "once": ""})
    assert empty.status_code == 422
    assert "Only Bruno will read this" in empty.text


async def test_a_quiet_thank_you_counts_nothing(people: Neighbours) -> None:
    post_id = await people.writes("bruno", "The beans are up")
    page = await people["amina"].get(f"/posts/{post_id}")
    done = await people["amina"].follow(await send(people["amina"], page, f"/posts/{post_id}/thank"))
    assert "Take the thank-you back" in done.text
    view = await people.db.read(post_views.view, people.id("amina"), post_id)
    assert view is not None
    assert view.favourited
    undone = await send(people["amina"], done, f"/posts/{post_id}/thank")
    assert "Take the thank-you back" not in (await people["amina"].follow(undone)).text


async def test_r15_an_edit_keeps_level_and_flag(people: Neighbours) -> None:
    post_id = await people.writes("amina", "A ramp", level=1, flag=True)
    page = await people["amina"].get(f"/posts/{post_id}/edit")
    wrong = await send(people["amina"], page, f"/posts/{post_id}/edit", {"text": " "})
    assert wrong.status_code == 422
    assert (await send(people["amina"], page, f"/posts/{post_id}/edit", {"text": "A wide ramp"})).is_redirect
    view = await people.db.read(post_views.view, people.id("bruno"), post_id)
    assert view is not None
    assert (view.post.text, view.post.intimacy, view.post.flag_is_up) == ("A wide ramp", 1, True)
    assert (await people["bruno"].get(f"/posts/{post_id}/edit")).status_code == 404


async def test_deleted_it_is_as_if_it_had_never_been(people: Neighbours) -> None:
    post_id = await people.writes("amina", "Too much said")
    page = await people["amina"].get(f"/posts/{post_id}")
    assert (await send(people["amina"], page, f"/posts/{post_id}/delete")).is_redirect
    gone = await people["bruno"].get(f"/posts/{post_id}")
    assert (gone.status_code, gone.text) == (404, (await people["bruno"].get("/posts/9")).text)


async def test_the_wrong_person_loses_it_and_is_not_told(people: Neighbours) -> None:
    post_id = await people.writes("amina", "About Bruno's present")
    page = await people["amina"].get(f"/posts/{post_id}")
    chosen = {"person": str(people.id("bruno"))}
    done = await send(people["amina"], page, f"/posts/{post_id}/wrong-person", chosen)
    never = await send(people["amina"], page, f"/posts/{post_id}/wrong-person", {"person": "5"})
    assert done.headers["location"] == never.headers["location"], "a post has no list of its readers"
    assert (await people["bruno"].get(f"/posts/{post_id}")).status_code == 404
    assert (await people["chloe"].get(f"/posts/{post_id}")).status_code == 200
    assert "wrong-person" not in (await people["chloe"].get(f"/posts/{post_id}")).text


async def test_r14_what_waits_for_a_word_goes_by_it(people: Neighbours) -> None:
    """Written in an app at level 3, it is held; its page lists who would read it."""
    await people.db.write(ties.pin_as_close, people.id("amina"), people.id("bruno"))
    member = await people.db.read(people_rows.member, people.id("amina"))
    post_id = await people.db.write(posts.publish, member, Draft(text="My father #intimacy3", language="en"))
    assert (await people["bruno"].get(f"/posts/{post_id}")).status_code == 404
    page = await people["amina"].get(f"/posts/{post_id}")
    assert "If you agree, they may read it: Bruno." in page.text
    await people.settle()
    assert "The butler has a question for you" in (await people["amina"].get("/today")).text
    assert (await send(people["amina"], page, f"/posts/{post_id}/release")).is_redirect
    assert (await people["bruno"].get(f"/posts/{post_id}")).status_code == 200


async def test_b13_links_on_a_page_tell_nobody_who_reads(people: Neighbours) -> None:
    post_id = await people.writes("bruno", "See https://beans.example/rows and ask @amina")
    page = Page((await people["amina"].get(f"/posts/{post_id}")).text)
    out = [one.attributes for one in page.all("a") if one.attributes["href"].startswith("http")]
    assert [one["rel"] for one in out] == ["nofollow noopener noreferrer"]
    assert "/@amina" in [one.attributes["href"] for one in page.all("a")]


async def test_forms_of_a_post_carry_the_token(people: Neighbours) -> None:
    post_id = await people.writes("bruno", "The beans are up")
    page = await people["amina"].get(f"/posts/{post_id}")
    for deed in ("reply", "thank", "quiet"):
        fields = form_to(page, f"/posts/{post_id}/{deed}") | {"csrf": ["0" * 43]}
        refused = await people["amina"].post(
            f"/posts/{post_id}/{deed}", {name: values[-1] for name, values in fields.items()}
        )
        assert refused.status_code == 403
