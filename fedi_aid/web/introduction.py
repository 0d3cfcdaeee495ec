"""The page by which a member shows a request to a friend whose server cannot be asked (RULES R22, C20).

GET has no effect and shows a button alone, so that a preview reads nothing and uses nothing up. The first
browser that presses it is the only one from then on. For everybody else, and when it is over, it is as if no
such page had ever been. No pictures, no links into the request, no word about who else reads it.
"""

from typing import Final

from starlette.responses import Response

from fedi_aid.actions import passing
from fedi_aid.actions.passing import Page
from fedi_aid.errors import Refused
from fedi_aid.storage.tx import Tx
from fedi_aid.web import trust
from fedi_aid.web.visit import Handler, Stop, Visit

PATH: Final = "/introduced/{word}"
MAX_WORD: Final = 100


async def door(visit: Visit) -> Response:
    """GET /introduced/{word}: a button, for who may open it."""
    if not await visit.db.read(passing.is_open, _word(visit), visit.reader):
        raise Stop("not_found")
    return visit.page("introduction.html", state="closed", csrf=visit.form_token(), query="")


async def read(visit: Visit) -> Response:
    """POST /introduced/{word}: the request, to the first browser."""
    await _checked(visit)
    reader = visit.reader or trust.new_nonce()
    page = await visit.db.write(passing.open_page, _word(visit), reader)
    visit.keep_reader(reader)
    return _shown(visit, page)


async def answer(visit: Visit) -> Response:
    """POST /introduced/{word}/answer: "I can help", once, with or without one's name for the author."""
    form = await _checked(visit)
    words, named, reader = form.get("words", ""), form.get("named") == "1", visit.reader

    def work(tx: Tx) -> Page:
        return passing.answer_page(tx, _word(visit), reader, words=words, may_be_named=named)

    try:
        return _shown(visit, await visit.db.write(work))
    except Refused:
        page = await visit.db.write(passing.open_page, _word(visit), reader)
        return _shown(visit, page, problem="words", words=words[: passing.ANSWER_MAX], status=422)


async def _checked(visit: Visit) -> dict[str, str]:
    if not visit.desk.pages_opened.take(visit.address, visit.seconds):
        raise Stop("too_many")
    form = await visit.form()
    if not visit.is_our_form(form):
        # A page that is not there says so first: a stale form must not tell that it is.
        there = await visit.db.read(passing.is_open, _word(visit), visit.reader)
        raise Stop("stale_form" if there else "not_found")
    return form


def _word(visit: Visit) -> str:
    return str(visit.request.path_params["word"])[:MAX_WORD]


def _shown(visit: Visit, page: Page, *, problem: str = "", words: str = "", status: int = 200) -> Response:
    return visit.page(
        "introduction.html",
        status=status,
        state="answered" if page.passed.answer is not None else "open",
        author=page.author.name,
        carrier=page.carrier.name,
        paragraphs=[line for line in page.text.splitlines() if line.strip()],
        ends_at=page.passed.ends_at,
        action=f"/introduced/{_word(visit)}/answer",
        most=passing.ANSWER_MAX,
        problem=problem,
        words=words,
        csrf=visit.form_token(),
        query="",
    )


ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", PATH, door),
    ("POST", PATH, read),
    ("POST", PATH + "/answer", answer),
)
