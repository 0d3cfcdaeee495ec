"""Before somebody leaves for a page that is not where its author is at home (B14)."""

from starlette.responses import Response

from fedi_aid.errors import NotFound
from fedi_aid.model import leaving
from fedi_aid.model.people import Person
from fedi_aid.storage import people, posts
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.visit import Visit


async def page(visit: Visit) -> Response:
    """GET /leaving/{word}: where the page lies and whose it is said to be. Addresses are made for those who
    see what they belong to, and cannot be guessed; nobody is sent on by themselves."""
    house = visit.instance.house
    about = leaving.read(house, str(visit.request.path_params["word"]))
    found = await visit.db.read(_page, *about) if about else None
    if found is None:
        raise NotFound
    url, author = found
    host = leaving.host_of(url)
    if not host:
        raise NotFound
    return visit.page("leaving.html", author=shown.person(house, author), host=host, url=url)


def _page(tx: Tx, kind: leaving.Kind, row_id: int) -> tuple[str, Person] | None:
    if kind == "person":
        person = people.by_id(tx, row_id)
        return (person.url, person) if person is not None and person.suspended_at is None else None
    found = posts.page_of(tx, row_id)
    author = people.by_id(tx, found[1]) if found else None
    return (found[0], author) if found and author is not None and author.suspended_at is None else None
