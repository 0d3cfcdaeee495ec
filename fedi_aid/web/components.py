"""The page of the components: every piece our pages are made of, once, with invented content. For those who
write pages and those who want to see what changed; it tells nothing about anybody."""

import datetime
from typing import Final

from markupsafe import Markup, escape
from starlette.responses import Response

from fedi_aid.web.i18n import translator
from fedi_aid.web.pages import PATHS, Person, Post
from fedi_aid.web.visit import Visit

AN_EVENING: Final = datetime.datetime(2026, 3, 8, 17, 5, tzinfo=datetime.UTC)
NOBODY: Final = Person(name="Nour", handle="@nour@example.org")
TINTS: Final = range(6)


async def show(visit: Visit) -> Response:
    """GET /about/components."""
    t = translator(visit.language)

    def post(key: str, *, flag: bool = False, warning: str = "") -> Post:
        return Post(
            author=NOBODY,
            path=PATHS.components,
            html=Markup("<p>{}</p>").format(escape(t(key))),
            at=AN_EVENING,
            language=visit.language,
            flag=flag,
            warning=warning,
        )

    return visit.page(
        "components.html",
        person=NOBODY,
        request=post("pieces.request", flag=True),
        folded=post("pieces.request", warning=t("pieces.warning")),
        tints=TINTS,
    )
