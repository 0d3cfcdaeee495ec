"""Reading custom emojis of notes and actors (FEP-9098). None are sent: this server has none of its own."""

from typing import Any

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.documents import link, objects, text
from fedi_aid.model.emojis import MOST, Emoji, used_in

_TEXTS = ("content", "name", "summary")


def read_emojis(document: dict[str, Any]) -> tuple[Emoji, ...]:
    """Those that the document's own texts use, at most 100 (D05)."""
    texts = [found for key in _TEXTS if (found := text(document, key))]
    for option in (
        *objects(document, "oneOf"),
        *objects(document, "anyOf"),
        *objects(document, "attachment"),
    ):
        texts += [found for key in ("name", "value") if (found := text(option, key))]
    for key in ("contentMap", "nameMap", "summaryMap"):
        several = document.get(key)
        texts += (
            [one for one in several.values() if isinstance(one, str)] if isinstance(several, dict) else []
        )
    offered: list[tuple[str, str]] = []
    for tag in objects(document, "tag")[: 2 * MOST]:
        name = text(tag, "name")
        url = next((link(icon, "url") or link(icon, "href") for icon in objects(tag, "icon")), None)
        if documents.is_type(tag, "Emoji") and name and url and documents.origin(url) is not None:
            offered.append((name, url))
    return used_in(texts, offered)
