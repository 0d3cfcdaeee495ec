"""Whether a page that somebody names on their profile links back to it: checked by us, whoever they are."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from html.parser import HTMLParser

import nh3
import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents
from fedi_aid.errors import FediAidError
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Field, Person
from fedi_aid.net.error import NetError
from fedi_aid.storage import federation, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.jobs import host_of
from fedi_aid.work.runner import Finish

MAX_BYTES = 1_048_576
SECONDS = 10.0
LINKS = 4  # of one profile
_PAGES = ("text/html", "application/xhtml+xml")
# What a browser does not show as elements must not count: a comment, a form field, a script (O12).
_SILENT = frozenset(
    "script style textarea title template noscript noembed noframes iframe xmp plaintext svg math".split()
)

log = structlog.get_logger()


async def check_links(instance: Instance, job: Job) -> Finish | None:
    """Job `check_links`: look at the pages that a profile's fields link to. A page that cannot be had now
    changes nothing; one that does not link back takes the mark away."""
    person = await instance.db.read(people.by_id, PersonId(job.args["person_id"]))
    if person is None:
        return None
    found: dict[str, datetime | None] = {}
    for field in person.fields:
        url = link_of(field)
        if url is None or instance.house.owns(url) or field.value in found or len(found) >= LINKS:
            continue
        back = await _links_back(instance, url, person)
        if back is not None:
            found[field.value] = instance.db.clock() if back else None
    return partial(_note, person.id, found) if found else None


def _note(person_id: PersonId, found: dict[str, datetime | None], tx: Tx) -> None:
    """Kept on those fields that still say the same."""
    person = people.by_id(tx, person_id)
    if person is None:
        return
    fields = [Field(one.name, one.value, found.get(one.value, one.verified_at)) for one in person.fields]
    people.put_fields(tx, person_id, fields)


def link_of(field: Field) -> str | None:
    """The https address of a field that is a link and nothing else."""
    reader = _Reader()
    reader.feed(field.value)
    reader.close()
    words = "".join(reader.text).strip()
    if len(reader.links) != 1 or not words or " " in words:
        return None
    url = reader.links[0][0]
    return url if url.startswith("https://") and documents.origin(url) is not None else None


async def _links_back(instance: Instance, url: str, person: Person) -> bool | None:
    """Whether the page links to the profile; None when it cannot be said now."""
    if await instance.db.read(federation.is_suspended, host_of(url)):
        return False
    try:
        answer = await instance.net.get(url, accept="text/html", max_bytes=MAX_BYTES, deadline=SECONDS)
    except NetError as problem:
        log.info("link_not_checked", why=problem.log[:200])
        return False if problem.permanent else None
    except FediAidError:
        return None
    if answer.status >= 500 or answer.status == 429:
        return None
    # Whoever answers for the page must be who was named: a redirect elsewhere proves nothing (O12).
    if (
        answer.status != 200
        or answer.content_type not in _PAGES
        or not documents.same_origin(answer.url, url)
    ):
        return False
    return links_to(answer.body.decode("utf-8", "replace"), _addresses(person))


def _addresses(person: Person) -> set[str]:
    own = {person.uri} | ({person.url} if documents.same_origin(person.url, person.uri) else set())
    return {one.rstrip("/") for one in own}


def links_to(html: str, addresses: Collection[str]) -> bool:
    """A page has an element `a` or `link` with `rel="me"` to one of these addresses."""
    clean = nh3.clean(
        html,
        tags={"a", "link"},
        attributes={"a": {"href", "rel"}, "link": {"href", "rel"}},
        clean_content_tags=set(_SILENT),
        link_rel=None,
        url_schemes={"https", "http"},
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return any("me" in rel.lower().split() and href.rstrip("/") in addresses for href, rel in reader.links)


class _Reader(HTMLParser):
    """The links of clean HTML, as (address, rel), and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in ("a", "link") and said.get("href"):
            self.links.append((said["href"].strip(), said.get("rel", "")))

    def handle_data(self, data: str) -> None:
        self.text.append(data)
