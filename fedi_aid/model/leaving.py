"""Web addresses that others give for themselves: which are theirs, and what to show for the rest (B14).

Whoever is `@frank@good.example` may name any page as theirs, also one that asks for a password. Apps open
what they get, so what lies elsewhere is given as an address of ours, where a page says first where it leads.
"""

import struct
from typing import Literal
from urllib.parse import urlsplit

from fedi_aid.model.house import House
from fedi_aid.model.names import domain_to_ascii
from fedi_aid.model.people import Person

Kind = Literal["person", "post"]

_SEALED = struct.Struct(">?Q")


def host_of(url: str) -> str:
    """Host and port as one compares them: without `www.`, in ASCII; "" when there is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or not host:
        return ""
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return (domain_to_ascii(host.removesuffix(usual)) or "").removeprefix("www.")


def is_theirs(url: str, author: Person) -> bool:
    """The page is on the server of its author, by their handle or by their id."""
    if author.local:
        return True
    own = {author.domain.removeprefix("www."), host_of(author.uri)} - {""}
    return host_of(url) in own


def way_to(house: House, kind: Kind, row_id: int, url: str, author: Person) -> str:
    """What a client is given to open: the page itself, or ours that says where it leads."""
    if is_theirs(url, author):
        return url
    return house.leaving_page(house.seal.word("leaving", _SEALED.pack(kind == "post", row_id)))


def read(house: House, word: str) -> tuple[Kind, int] | None:
    """What an address of `way_to` is about; None for what we did not make."""
    content = house.seal.content("leaving", word)
    if content is None or len(content) != _SEALED.size:
        return None
    is_post, row_id = _SEALED.unpack(content)
    return ("post" if is_post else "person", row_id)
