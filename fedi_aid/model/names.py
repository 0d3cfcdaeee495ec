"""Names of people and servers, made safe to store and to show (O10, O11, D03).

Names are text, never HTML: whoever shows one escapes it (B04).
"""

import ipaddress
import re
import unicodedata
from functools import lru_cache

import idna

NAME_LIMIT = 200
USERNAME_LIMIT = 128
LOCAL_USERNAME_LIMIT = 30

# Signs that turn the reading order around or show nothing. The two joiners (U+200C, U+200D) are not here:
# Persian, Indic scripts and emoji need them.
_TRICKS = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\u2060\ufeff\u00ad\u180e\u3164\uffa0") | frozenset(
    chr(code) for block in (range(0x202A, 0x202F), range(0x2066, 0x206A)) for code in block
)
_MARKS_IN_A_ROW = 4
_LOCAL_USERNAME = re.compile(rf"[a-z0-9_]{{1,{LOCAL_USERNAME_LIMIT}}}")
_NOT_IN_USERNAME = frozenset("@/\\<>\"'#?&%:;,`|")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_WORD = re.compile(r"xn--[a-z0-9-]+|[^\W_]+", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")

# Scripts whose letters are drawn alike; two of them in one word is a disguise.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET"})


def clean_name(name: str, limit: int = NAME_LIMIT) -> str:
    """A display name as one line of plain text of at most `limit` characters.

    Control signs, direction marks and invisible signs are dropped, white space is folded into single
    spaces, and piles of combining marks are cut. May be empty: the caller then shows the username.
    """
    kept: list[str] = []
    marks = 0
    for sign in name[: limit * 4]:
        category = unicodedata.category(sign)
        if sign in _TRICKS or category in ("Cs", "Co", "Cn"):
            continue
        if category == "Cc" or category.startswith("Z"):
            kept.append(" ")
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(sign)
    return " ".join("".join(kept).split())[:limit].strip()


def clean_username(name: str) -> str:
    """A remote `preferredUsername` that cannot pass for a handle or a path (O11).

    Every sign that may not stand in a handle (`@`, `/`, white space, control and invisible signs, quotes)
    becomes `_`, so that `alice@evil` is stored as `alice_evil`; cut at 128. Empty if nothing is left.
    """
    trimmed = name.strip().removeprefix("@")[:USERNAME_LIMIT]
    return "".join("_" if _breaks_a_handle(sign) else sign for sign in trimmed)


def _breaks_a_handle(sign: str) -> bool:
    return sign in _NOT_IN_USERNAME or unicodedata.category(sign)[0] in "CZ"


def valid_local_username(name: str) -> bool:
    """Whether a member of this instance may be called so: 1 to 30 of `a-z`, `0-9` and `_` (O10)."""
    return _LOCAL_USERNAME.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def domain_to_ascii(domain: str) -> str | None:
    """A host, or host and port, in lower case with its labels in ASCII; None if it is no host.

    `"Été.Example:8080"` becomes `"xn--t-9fab.example:8080"`. Names follow IDNA 2008 with the mapping of
    UTS 46; an `xn--` label that does not decode is refused. Addresses are accepted, IPv6 in brackets.
    """
    host, colon, port = domain.strip().rpartition(":")
    if not colon or (host.startswith("[") and not host.endswith("]")):
        host, port = domain.strip(), ""
    elif not _PORT.fullmatch(port) or not 0 < int(port) < 65_536:
        return None
    ascii_host = _host_to_ascii(host)
    if ascii_host is None:
        return None
    return f"{ascii_host}:{int(port)}" if port else ascii_host


def _host_to_ascii(host: str) -> str | None:
    if host.startswith("[") and host.endswith("]"):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    host = host.removesuffix(".")
    if not host or len(host) > 253:
        return None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    host = host.lower()
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) and _decodes(label) for label in labels):
        return None
    return host


def _decodes(label: str) -> bool:
    if not label.startswith("xn--"):
        return True
    try:
        idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        return False
    return True


def looks_spoofed(name: str) -> bool:
    """Whether a name, handle or domain may be made to look like another one (O10).

    True for direction marks and invisible signs, for scripts drawn alike mixed inside one word
    (`"аlice"` with a Cyrillic а), and for `xn--` labels that hide either or do not decode.
    A word wholly in one script is not suspected, nor a name whose words differ in script.
    """
    if any(sign in _TRICKS or unicodedata.category(sign) == "Cc" for sign in name):
        return True
    return any(_word_is_mixed(word) for word in _WORD.findall(name))


def _word_is_mixed(word: str) -> bool:
    if word.lower().startswith("xn--"):
        try:
            word = idna.ulabel(word.lower())
        except (idna.IDNAError, UnicodeError):
            return True
    letters = (sign for sign in unicodedata.normalize("NFKC", word) if sign.isalpha())
    scripts = {unicodedata.name(sign, "UNKNOWN").split(" ", 1)[0] for sign in letters}
    return len(scripts & _ALIKE) > 1
