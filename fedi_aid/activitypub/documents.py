"""Documents from other servers: strict parsing, and accessors that never raise, whatever the shape.

Two readings of one document, on purpose (J04):

* `parse` gives the document as it was written. Proofs are verified on this one, it is what is stored and
  forwarded, and nothing in it was renamed.
* `normalised` gives a copy with the aliases of JSON-LD made plain (`@id` → `id`, `as:Note` → `Note`); the
  few documents that are written in other ways still go through `linked_data` first. Handlers read this one.
  Every document in which an alias and its plain word both occur is refused, so the copy cannot say anything
  that the signed document does not.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from fedi_aid.activitypub import linked_data
from fedi_aid.activitypub.context_guard import ACTIVITYSTREAMS, plain_term, redefined
from fedi_aid.errors import Refused

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 32
MAX_NODES: Final = 10_000
MAX_KEYS: Final = 1_000
MAX_LINKS: Final = 500
MAX_URI: Final = 2_048
# The greatest integer that every JSON reader, and JCS, keeps exact.
MAX_NUMBER: Final = 2**53 - 1
PUBLIC: Final = ACTIVITYSTREAMS + "Public"

_MAX_DIGITS = 64
_SMUGGLING = frozenset({"@graph", "@included", "@reverse", "@nest", "@set"})
_ADDRESSING = frozenset({"to", "cc", "bto", "bcc", "audience"})

# One token of structure: a whole string (possessive, so that no input makes it slow), or a sign that counts.
_STRUCTURE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)


# --- parsing ---------------------------------------------------------------------------------------------


def parse(raw: bytes) -> dict[str, Any]:
    """The document in a body, exactly as written; `Refused` with a sentence for everything doubtful.

    A list of one object, as in expanded JSON-LD, is that object.
    Refused are: more than 1 MB; what is not one JSON object in UTF-8; keys that occur twice (J06); NaN,
    infinite and overflowing numbers and those beyond 2^53 − 1 (J07); depth above 32, more than 10,000 values
    or 1,000 keys in an object (J08); lone surrogates and NUL in a key or string (J09); `@graph`, `@included`,
    `@reverse`, `@nest`, `@set` as a key outside `@context` (J03); core words redefined in an `@context`
    (J02); an alias beside its plain word (J04).
    """
    return _parse(raw)[0]


def both(raw: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """(`parse`, `normalised` of it), in less time than one after the other."""
    document, unusual = _parse(raw)
    return document, _normalised(document, unusual)


def _parse(raw: bytes) -> tuple[dict[str, Any], bool]:
    if len(raw) > MAX_BYTES:
        _refuse("This document is too long.", f"{len(raw)} bytes")
    _check_structure(raw)
    try:
        document = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refused("This document is not valid UTF-8.", log=str(error)) from None
    except ValueError as error:
        raise Refused("This document is not valid JSON.", log=str(error)) from None
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        _refuse("This document is not a JSON object.")
    return document, _check_values(document)


def _refuse(sentence: str, log: str = "") -> NoReturn:
    raise Refused(sentence, log=log)


def _check_structure(raw: bytes) -> None:
    """Depth and size before the recursive decoder runs: it must never meet `[[[[…` (J08)."""
    depth = opened = commas = strings = 0
    for match in _STRUCTURE.finditer(raw):
        sign = match.group()
        if sign in (b"[", b"{"):
            depth += 1
            opened += 1
            if depth > MAX_DEPTH:
                _refuse("This document is nested too deeply.")
        elif sign in (b"]", b"}"):
            depth -= 1
        elif sign == b",":
            commas += 1
        else:
            strings += 1
        # Every opening sign is a value, every comma announces one more, and a value has at most one key.
        if opened > MAX_NODES or commas > MAX_NODES or strings > 2 * MAX_NODES:
            _refuse("This document has too many values.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        _refuse("An object in this document has too many keys.")
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("A key occurs twice in this document.")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or abs(int(digits)) > MAX_NUMBER:
        _refuse("A number in this document is too big.")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > _MAX_DIGITS:
        _refuse("A number in this document has too many digits.")
    value = float(digits)
    if not math.isfinite(value) or abs(value) > MAX_NUMBER:
        _refuse("A number in this document is too big.")
    return value


def _constant(name: str) -> NoReturn:
    _refuse("This document is not valid JSON.", f"the constant {name}")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)


def _check_values(document: dict[str, Any]) -> bool:
    """Walk everything once, without recursion: strings, keys, contexts, and the exact number of values.

    Says whether the document is written in a way that only `linked_data` reads.
    """
    todo: list[tuple[Any, bool]] = [(document, False)]
    nodes = 0
    unusual = False
    while todo:
        value, in_context = todo.pop()
        nodes += 1
        if isinstance(value, str):
            _check_string(value)
        elif isinstance(value, list):
            todo.extend((item, in_context) for item in value)
        elif isinstance(value, dict):
            unusual |= _check_definitions(value) if in_context else _check_keys(value)
            for key, item in value.items():
                _check_string(key)
                todo.append((item, in_context or key == "@context"))
    if nodes > MAX_NODES:
        _refuse("This document has too many values.")
    return unusual


def _check_string(text: str) -> None:
    if "\0" in text:
        _refuse("A text in this document contains a NUL character.")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            _refuse("A text in this document is not valid Unicode.")


def _check_definitions(definitions: dict[str, Any]) -> bool:
    word = redefined(definitions)
    if word is not None:
        _refuse("The context of this document changes the meaning of a core word.", f"redefines {word}")
    return linked_data.is_alias(definitions)


def _check_keys(value: dict[str, Any]) -> bool:
    # Only these can be another name for something; nearly every object has none.
    marked = [key for key in value if ":" in key or key[:1] == "@"]
    if not marked:
        return False
    if not _SMUGGLING.isdisjoint(marked):
        _refuse("This document uses a JSON-LD construction that is not accepted.")
    if len({_plain_key(key) for key in value}) != len(value):
        _refuse("A property occurs under two names in this document.", f"{sorted(value)}"[:200])
    return any(
        (_plain_key(key)[:1] == "@" and key != "@context") or key.startswith(ACTIVITYSTREAMS)
        for key in marked
    )


def _plain_key(key: str) -> str:
    if key == "@id":
        return "id"
    if key == "@type":
        return "type"
    return plain_term(key)


# --- the plain reading -----------------------------------------------------------------------------------


def normalised(document: dict[str, Any]) -> dict[str, Any]:
    """A copy in which `@id`, `@type`, `as:…` and full ActivityStreams IRIs are plain words (J04).

    Types (`as:Note`) and the three spellings of the public collection in `to`, `cc`, `bto`, `bcc` and
    `audience` are made plain too. A linked-data `signature` is left out: nobody here may believe it (J05).
    `@context` is left as it is; the given document is not changed. Verify proofs on the document that
    `parse` gave, never on this one. `Refused` for a document in an unusual form that `linked_data` does not
    accept, and for one that `parse` would have refused.
    """
    return _normalised(document, _check_values(document))


def _normalised(document: dict[str, Any], unusual: bool) -> dict[str, Any]:
    if unusual:
        document = linked_data.compacted(document)
        _check_values(document)
    plain = _plain_object(document, 1)
    plain.pop("signature", None)
    return plain


def _plain_object(value: dict[str, Any], depth: int) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, item in value.items():
        word = _plain_key(key)
        if word == "@context":
            plain[word] = item
        elif word == "type":
            plain[word] = _plain_words(item)
        elif word in _ADDRESSING:
            plain[word] = _plain_addresses(item, depth)
        else:
            plain[word] = _plain_value(item, depth)
    return plain


def _plain_value(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        _refuse("This document is nested too deeply.")
    if isinstance(value, dict):
        return _plain_object(value, depth + 1)
    if isinstance(value, list):
        return [_plain_value(item, depth + 1) for item in value]
    return value


def _plain_words(value: Any) -> Any:
    if isinstance(value, str):
        return plain_term(value)
    if isinstance(value, list):
        return [plain_term(item) if isinstance(item, str) else item for item in value]
    return value


def _plain_addresses(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [
            _plain_addresses(item, depth + 1) if isinstance(item, str) else _plain_value(item, depth + 1)
            for item in value
        ]
    if isinstance(value, str):
        return PUBLIC if value in ("as:Public", "Public") else value
    return _plain_value(value, depth)


# --- accessors: a wrong shape is an absent value, never an error (J10) -----------------------------------


def _value(document: object, key: str) -> object:
    return document.get(key) if isinstance(document, dict) else None


def text(document: object, key: str) -> str | None:
    """The string under `key`."""
    value = _value(document, key)
    return value if isinstance(value, str) else None


def link(document: object, key: str) -> str | None:
    """The IRI under `key`: a string, or the `id` or `href` of an object."""
    return _iri(_value(document, key))


def links(document: object, key: str) -> list[str]:
    """The IRIs under `key`: one or a list of strings and objects; at most 500 are looked at."""
    return [iri for iri in map(_iri, _several(document, key)) if iri is not None]


def objects(document: object, key: str) -> list[dict[str, Any]]:
    """The embedded objects under `key`: one or a list, bare IRIs left out; at most 500 are looked at."""
    return [value for value in _several(document, key) if isinstance(value, dict)]


def types(document: object) -> list[str]:
    """The types of a document, in its order; a single one is a list of one."""
    return [value for value in _several(document, "type") if isinstance(value, str)]


def is_type(document: object, *names: str) -> bool:
    """Whether one of the document's types is among `names`."""
    return not set(names).isdisjoint(types(document))


def number(document: object, key: str) -> float | None:
    """The finite number under `key`, integer or not; `true` is no number."""
    value = _value(document, key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -MAX_NUMBER <= value <= MAX_NUMBER else None


def strict_int(document: object, key: str) -> int | None:
    """The integer under `key`. `1.0` and `true` are none, although JCS or Python equate them (C05)."""
    value = _value(document, key)
    return value if type(value) is int else None


def flag(document: object, key: str) -> bool | None:
    """The boolean under `key`; neither `1` nor `"true"` is one."""
    value = _value(document, key)
    return value if isinstance(value, bool) else None


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,12})?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


def moment(document: object, key: str) -> datetime | None:
    """The time under `key`, aware, in UTC; read as UTC when it has no zone; None outside 1970–2100."""
    value = _value(document, key)
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    if not 1970 <= found.year <= 2100:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if 1970 <= found.year <= 2100 else None


def _iri(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return text(value, "id") or text(value, "href")
    return None


def _several(document: object, key: str) -> Iterable[object]:
    value = _value(document, key)
    if isinstance(value, list):
        return value[:MAX_LINKS]
    return () if value is None else (value,)


# --- origins ---------------------------------------------------------------------------------------------

_NAME = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"{_NAME}(\.{_NAME})*|\[[0-9a-f:.]*:[0-9a-f:.]*\]")
_PLAIN = re.compile(r"[!-\[\]-~]*")  # what is seen in ASCII, without the backslash
_DEFAULT_PORTS = {"https": 443, "http": 80}


@lru_cache(maxsize=1024)  # the same few are asked about again and again while one activity is understood
def origin(uri: str) -> tuple[str, str, int] | None:
    """Scheme, lower-case host and port of an absolute http(s) URI, or None for anything doubtful (O01, O15).

    Doubtful are user information, a trailing or doubled dot, a backslash, white space or control characters
    anywhere, a host that is not ASCII (names travel in their `xn--` form), an empty or impossible port,
    and more than 2,048 characters.
    """
    if len(uri) > MAX_URI or not (_PLAIN.fullmatch(uri) or not any(_is_doubtful(sign) for sign in uri)):
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    default = _DEFAULT_PORTS.get(parts.scheme)
    if host is None or default is None or "@" in parts.netloc or parts.netloc.endswith(":"):
        return None
    if "[" in parts.netloc:
        host = f"[{host}]"
    if len(host) > 255 or not _HOST.fullmatch(host) or port == 0:
        return None
    return parts.scheme, host, default if port is None else port


def _is_doubtful(sign: str) -> bool:
    if "!" <= sign <= "~":
        return sign == "\\"
    # Control, format (zero width, direction marks), surrogate, unassigned, private; every kind of space.
    return sign.isspace() or unicodedata.category(sign)[0] in "CZ"


def same_origin(one: str | None, other: str | None) -> bool:
    """Whether two URIs have one scheme, host and port; False when either has no good origin."""
    if one is None or other is None:
        return False
    found = origin(one)
    return found is not None and found == origin(other)
