"""Five servers and a few hundred people for two weeks: the path of every request against the rules.

`FEDI_AID_TEST_COMMUNITY=120` makes it 120 people on each server instead of forty, who ask three times as often.
"""

import os
import re

import pytest

from fedi_aid.model.ids import opaque
from fedi_aid.net.fake import Exchange
from fedi_aid.storage import audience_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from tests.federation.community import PLAIN, Community
from tests.federation.conftest import Fediverse

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]

PEOPLE_EACH = int(os.environ.get("FEDI_AID_TEST_COMMUNITY", "40"))
STEPS = 22  # of 16 hours: two weeks


async def test_two_weeks_of_a_community(fediverse: Fediverse) -> None:
    """P11, P12, P03, R1, R2, R6, R11, C01, C10, C16: nothing left its circle, and much did travel.

    Level 2 and above stays with friends of its author; the second circle is reached through somebody who
    agreed, never past a block; an ordinary server is never carried to. Then the same checks have to find what
    was put in on purpose.
    """
    town = Community(fediverse, PEOPLE_EACH, seed=7)
    await town.settle_in()
    await town.live(STEPS)
    seen = await town.look_back()
    assert await town.violations() == []
    # Enough happened for that to mean something.
    least = {
        "requests": 14,
        "carried": 15,
        "across": 12,
        "offers": 12,
        "blocks": 3,
        "passed": 2,
        "notes to ordinary servers": 1,
    }
    assert {what: seen[what] for what in least if seen[what] < least[what]} == {}
    for server in fediverse.servers.values():
        assert not [kind for kind in await server.waiting() if kind.endswith(":buried")]
    await _what_is_put_in_is_found(town)


async def _what_is_put_in_is_found(town: Community) -> None:
    """The checks can fail: level 2 shown to a friend of a friend, a blocked reader, bytes on a strange server."""
    request = next(one for one in town.requests if one.level >= 2 and one.over_at is None)
    author = town.who[request.author]
    db = author.server.instance.db
    far = next(
        uri
        for uri in town.who
        if uri not in town.ever_friends[request.author]
        and uri != request.author
        and town.who[uri].server is author.server
    )

    def show(tx: Tx, kind: str) -> None:
        person = people_rows.by_uri(tx, far)
        post = post_rows.get(tx, author.id, request.post_id)
        assert person is not None
        assert post is not None
        audience_rows.dismiss(tx, audience_rows.audiences.c.person_id == person.id)
        audience_rows.admit(tx, post.id, person.id, kind=kind, opaque=opaque())

    for kind, word in (("chosen", "no friend"), ("carried", "left the first circle")):
        await db.write(show, kind)
        assert any(re.match(word, one) for one in await town.violations())
    town.blocks[request.author, far] = False
    assert any(one.startswith("blocked") for one in await town.violations())
    intimate = [one.mark for one in town.requests if one.level == 4]
    if not intimate:
        return  # nobody dared, in this history
    leaked = Exchange(
        sender="one.example",
        host=PLAIN[0],
        method="POST",
        url="https://x/",
        arrived=True,
        headers=(),
        body=intimate[0],
        status=202,
        answer_headers=(),
        answer=b"",
    )
    town.fediverse.internet.exchanges.append(leaked)
    assert any(one.startswith("bytes") for one in await town.violations())
