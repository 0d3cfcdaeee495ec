"""What becomes of the example objects of the fediverse pasture, wrapped in Create by a friend.

`tests/golden/pasture.json` holds what each became; `scripts/pasture.py` writes it anew. A change there is to
be read like a change of code.
"""

import json
import os
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import ties
from fedi_aid.model.html import sanitize
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import post_views
from fedi_aid.storage.tables.posts import posts
from tests.federation import pasture
from tests.federation.conftest import Fediverse, Persona, Server

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
WANTED = 262
TAGS = frozenset(
    "p br span a del s pre blockquote code b strong u i em ul ol li ruby rt rp h1 h2 h3 h4 h5 h6".split()
)
ATTRIBUTES = frozenset("href rel target translate class start reversed value lang dir".split())


@pytest.fixture(scope="session")
def inputs() -> dict[str, list[dict[str, Any]]]:
    try:
        return pasture.examples()
    except pasture.NotHere as reason:
        pytest.skip(str(reason))


class Tags(HTMLParser):
    """What a browser would be given: every tag, attribute and address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name == "href"]


async def befriend(fediverse: Fediverse, server: Server, who: Persona) -> None:
    await who.posts(server.amina.inbox, who.says("Follow", server.amina.uri))
    await fediverse.settle()
    await server.amina.does(ties.accept, who)
    await fediverse.settle()
    await who.posts(server.amina.inbox, who.says("Accept", who.peer.said("Follow")[-1]))
    await fediverse.settle()


def created(frank: Persona, group: str, number: int, example: dict[str, Any], reader: str) -> dict[str, Any]:
    """A Create of a public note in which the example's own fields stand; null means: without that field."""
    fields = pasture.adapted(group, example, author=frank.uri, reader=reader)
    context = fields.pop("@context", "https://www.w3.org/ns/activitystreams")
    name = f"notes/{group}/{number}"
    note = frank.note("", [PUBLIC], name, cc=[f"{frank.uri}/followers", reader], content=None) | fields
    activity = frank.says("Create", note, f"{name}/create", to=[PUBLIC], cc=note["cc"])
    activity["@context"] = context
    activity["object"] = {key: value for key, value in note.items() if value is not None}
    return {key: value for key, value in activity.items() if value is not None}


def what_became(tx: Any, reader: PersonId, uri: str) -> dict[str, Any] | None:
    row = tx.first(select(posts.c.id).where(posts.c.uri == uri))
    view = post_views.view(tx, reader, row.id) if row else None
    if view is None:
        return None
    post = view.post
    return {
        "visibility": post.reach,
        "html": post.html,
        "text": post.text,
        "summary": post.summary,
        "sensitive": post.sensitive,
        "language": post.language,
        "url": post.url,
        "answers": post.reply_to_uri,
        "tags": [tag.name for tag in view.tags],
        "mentions": [person.handle for person in view.mentions],
        "attachments": [[one.content_type, one.remote_url, one.alt] for one in view.media],
    }


async def test_every_example_is_received_and_shown_as_before(
    fediverse: Fediverse, inputs: dict[str, list[dict[str, Any]]]
) -> None:
    """B01, B02, B06, D07, J10: no 5xx, nothing active in what is shown, and the golden file."""
    one = await fediverse.server("one.example", "amina")
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    await befriend(fediverse, one, frank)
    became: dict[str, dict[str, Any]] = {}
    for group, examples in inputs.items():
        for number, example in enumerate(examples):
            activity = created(frank, group, number, example, one.amina.uri)
            answer = await frank.posts(one.amina.inbox, activity)
            assert answer.status_code in (202, 400), (group, number)
            became[f"{group}/{number:02}"] = {"sent": example, "status": answer.status_code}
    assert len(became) == WANTED
    await fediverse.settle()
    assert not any(":buried" in kind for kind in await one.waiting())
    for name, entry in became.items():
        group, _, at = name.partition("/")
        uri = frank.id(f"notes/{group}/{int(at)}")
        entry["became"] = await one.instance.db.read(what_became, one.amina.id, uri)
    for name, entry in became.items():
        if entry["became"] is not None:
            assert_harmless(name, entry["became"]["html"])
    if os.environ.get("FEDI_AID_WRITE_GOLDEN"):
        text = json.dumps(became, indent=1, ensure_ascii=False, sort_keys=True)
        pasture.GOLDEN.write_text(text + "\n", encoding="utf-8")
    golden = json.loads(pasture.GOLDEN.read_text(encoding="utf-8"))
    for name, entry in became.items():
        assert entry == golden[name], name
    assert became.keys() == golden.keys()


def assert_harmless(name: str, html: str) -> None:
    found = Tags(html)
    assert found.tags <= TAGS, name
    assert found.attributes <= ATTRIBUTES, name
    for address in found.addresses:
        assert address.partition(":")[0] not in ("javascript", "data", "vbscript", "file"), name
    # The one class of our own: the link that stands for a quoted post.
    assert sanitize(html) == html.replace(' class="quote-inline"', ""), name


def test_the_golden_file_shows_what_it_should() -> None:
    """Read from the file itself, so that a bare clone tests it too: no example but those that say nothing a
    reader could see, or not in a form that is a post, is lost."""
    golden = json.loads(pasture.GOLDEN.read_text(encoding="utf-8"))
    assert len(golden) == WANTED
    lost = {name for name, entry in golden.items() if entry["became"] is None}
    assert lost == {
        "necessary_properties/01",  # no id
        "necessary_properties/04",  # no type
        "object_types/07",  # a Place
        "object_types/08",  # a Profile
        "object_types/09",  # a Relationship
        "object_types/10",  # a Tombstone
        "object_types/13",  # no type
    }
    for entry in golden.values():
        if entry["became"] is not None:
            assert_harmless("golden", entry["became"]["html"])
            shown = entry["became"]["text"] or entry["became"]["attachments"]
            said = re.sub(r"<script.*?</script>|<[^>]*>", "", entry["sent"].get("content") or "")
            assert shown or not said.strip()
