"""What clients send, in whatever shape, as one tree: JSON, urlencoded, multipart and query, merged.

Keys are Rails': `media_ids[]`, `poll[options][]`, `fields_attributes[0][name]`, `source[privacy]`. Getters
are typed and refuse what they cannot read. `null` counts as absent, unknown keys are ignored, the body wins
over the query. Text comes out without NUL and without half surrogates: no database takes them.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from fedi_aid.errors import Refused
from fedi_aid.model.names import clean_name

MAX_BODY: Final = 1_000_000  # bytes of a body without files
MAX_FIELDS: Final = 1_000
MAX_DEPTH: Final = 6
MAX_ID: Final = 2**63 - 1
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,3})?")
_PART = re.compile(r"\[([^\[\]]*)\]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_YES: Final = frozenset({"true", "1", "on", "yes", "t"})
_NO: Final = frozenset({"false", "0", "off", "no", "f", ""})


class Unreadable(Refused):
    """The body cannot be understood at all: 400 rather than 422."""

    def __init__(self, sentence: str, *, log: str = "") -> None:
        super().__init__(sentence, code="bad_request", log=log)


class TooLarge(Refused):
    """The body is larger than anything this endpoint takes: 413."""

    def __init__(self) -> None:
        super().__init__("The request is too large", code="too_large")


class Form:
    """A tree of what was sent. A name that is missing and one that is null are the same."""

    def __init__(self, tree: Mapping[str, Any] | None = None) -> None:
        self._tree = dict(tree or {})

    def __contains__(self, name: str) -> bool:
        return self._tree.get(name) is not None

    def text(self, name: str, default: str = "", *, limit: int = 100_000) -> str:
        """A string; numbers and booleans become one. Refused for anything with parts, or too long."""
        value = self._tree.get(name)
        if value is None:
            return default
        if isinstance(value, list) and value and not isinstance(value[-1], (dict, list)):
            value = value[-1]
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        if not isinstance(value, str):
            raise Refused(f"{_shown(name)} must be text", field=name)
        if len(value) > limit:
            raise Refused(f"{_shown(name)} is too long", field=name)
        return value

    def maybe(self, name: str, *, limit: int = 100_000) -> str | None:
        """A string, or None when it is absent."""
        return self.text(name, limit=limit) if name in self else None

    def flag(self, name: str, default: bool = False) -> bool:
        """`true`, `1`, `on`, `True` and their opposites; an empty value is false."""
        value = self._tree.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        word = self.text(name, limit=100).strip().lower()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise Refused(f"{_shown(name)} must be true or false", field=name)

    def maybe_flag(self, name: str) -> bool | None:
        return self.flag(name) if name in self else None

    def number(self, name: str, default: int, *, low: int = 0, high: int = MAX_ID) -> int:
        """A whole number, brought into its bounds."""
        found = self.maybe_number(name)
        return default if found is None else max(low, min(high, found))

    def maybe_number(self, name: str) -> int | None:
        value = self._tree.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, float) and not value.is_integer():
            raise Refused(f"{_shown(name)} must be a whole number", field=name)
        text = str(int(value)) if isinstance(value, float) else self.text(name, limit=1_000).strip()
        if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
            raise Refused(f"{_shown(name)} must be a whole number", field=name)
        return int(text)

    def decimal(self, name: str) -> float:
        """A number with or without a fraction. Refused when it is absent, or no number."""
        text = self.text(name, limit=1_000).strip()
        found = float(text) if _DECIMAL.fullmatch(text) else math.nan
        if isinstance(self._tree.get(name), bool) or not math.isfinite(found):
            raise Refused(f"{_shown(name)} must be a number", field=name)
        return found

    def maybe_id(self, name: str) -> int | None:
        """An id; one that cannot exist comes out as 0, which nothing has."""
        value = self._tree.get(name)
        if value is None or value == "":
            return None
        return as_id(self.text(name, limit=1_000))

    def cursor(self, name: str) -> int | None:
        """An id to page by. Refused for what cannot be one: a client that goes astray would read the same
        page for ever, or none."""
        given = self.maybe(name, limit=1_000)
        if given is None or not given.strip():
            return None
        found = as_id(given)
        if not found and given.strip().strip("0"):
            raise Refused(f"{_shown(name)} must be an id", field=name)
        return found

    def ids(self, name: str, *, limit: int = 400) -> list[int]:
        """Ids from `name[]=1&name[]=2`, `name=1` or a JSON list; what cannot be an id is left out."""
        found = (as_id(text) for text in self.texts(name, limit=limit))
        return [one for one in found if one]

    def texts(self, name: str, *, limit: int = 400) -> list[str]:
        """A list of strings; a single value is a list of one, a hash with numbers as keys is a list too."""
        values = _listed(self._tree.get(name))
        if len(values) > limit:
            raise Refused(f"{_shown(name)} has too many values", field=name)
        return [Form({name: value}).text(name) for value in values if value is not None]

    def group(self, name: str) -> "Form":
        """A nested tree; empty when absent. Refused when a plain value stands there."""
        value = self._tree.get(name)
        if value is None or value == "":
            return Form()
        if not isinstance(value, dict):
            raise Refused(f"{_shown(name)} must be an object", field=name)
        return Form(value)

    def groups(self, name: str, *, limit: int = 100) -> list["Form"]:
        """A list of nested trees, also from `name[0][…]`."""
        values = _listed(self._tree.get(name))
        if len(values) > limit or not all(isinstance(value, dict) for value in values):
            raise Refused(f"{_shown(name)} must be a list of objects", field=name)
        return [Form(value) for value in values]

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file; None when there is none. Refused when plain text stands there."""
        value = self._tree.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, UploadFile):
            raise Refused(f"{_shown(name)} must be a file", field=name)
        return value

    def names(self) -> list[str]:
        return list(self._tree)


def focus_of(form: Form) -> tuple[float, float] | None:
    """The `focus` of a picture: `x,y`, each from -1 to 1."""
    given = form.maybe("focus", limit=100)
    if not given:
        return None
    try:
        x, y = (float(part) for part in given.split(","))
    except ValueError:
        raise Refused("Focus must be two numbers", field="focus") from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Refused("Focus must be between -1 and 1", field="focus")
    return x, y


def storable(text: str) -> str:
    """Text without NUL and half surrogates, for what comes by a path or a header."""
    return _UNSTORABLE.sub("", text)


def as_id(text: str) -> int:
    """An id from a path or a parameter; 0 for what cannot be one, so that it is simply not found."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return 0
    number = int(text)
    return number if number <= MAX_ID else 0


def _shown(name: str) -> str:
    return clean_name(name.replace("_", " "), 60).capitalize() or "A value"


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        numbered = [key for key in value if key.isascii() and key.isdigit() and len(key) < 6]
        if len(numbered) == len(value):
            return [value[key] for key in sorted(numbered, key=int)]
        return [value]
    return [value]


# -- reading a request


async def read(request: Request, *, max_file: int = 0) -> Form:
    """Everything a request says. Unreadable for a body that is none, TooLarge beyond the limit."""
    tree = nested(_pairs(request.url.query))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    bounded = Request(request.scope, _bounded(request, MAX_BODY + max_file))
    if kind == "multipart/form-data":
        body = await _multipart(bounded, max_file)
    else:
        raw = await bounded.body()
        if not raw.strip():
            body = {}
        elif kind == "application/x-www-form-urlencoded":
            body = nested(_pairs(_decoded(raw)))
        else:
            body = _json(raw, kind)
    return Form(_merged(tree, body))


def _bounded(request: Request, limit: int) -> Any:
    """The request's `receive`, which refuses to go on beyond the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge
        return message

    return receive


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Unreadable("The request is not UTF-8 text") from None


def _pairs(query: str) -> list[tuple[str, Any]]:
    try:
        return list(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except UnicodeDecodeError:
        raise Unreadable("The request is not UTF-8 text") from None
    except ValueError:
        raise Unreadable("The request has too many fields") from None


def _json(raw: bytes, kind: str) -> dict[str, Any]:
    """A JSON object; a body of another kind is ignored, as Rails does, unless it claims to be JSON."""
    if kind and "json" not in kind:
        return {}
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise Unreadable("The request is not valid JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("The request must be a JSON object")
    cleaned = _clean(found, 0)
    assert isinstance(cleaned, dict)
    # Some clients put form keys into JSON ("source[privacy]").
    plain = {key: value for key, value in cleaned.items() if "[" not in key}
    return _merged(nested((key, value) for key, value in cleaned.items() if "[" in key), plain)


async def _multipart(request: Request, max_file: int) -> dict[str, Any]:
    try:
        form = await request.form(
            max_files=4, max_fields=MAX_FIELDS, max_part_size=min(MAX_BODY, max(max_file, MAX_BODY))
        )
    except (MultiPartException, HTTPException) as failure:
        raise Unreadable("The form cannot be read", log=str(failure)) from None
    request.scope["fedi_aid.uploads"] = form
    return nested(form.multi_items())


async def close(request: Request) -> None:
    """Throw away what an upload left on disk."""
    form = request.scope.pop("fedi_aid.uploads", None)
    if form is not None:
        await form.close()


def _clean(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unreadable("The request is nested too deeply")
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_clean(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_UNSTORABLE.sub("", str(key)): _clean(item, depth + 1) for key, item in value.items()}
    return value


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """`[("a[b][]", 1)]` as `{"a": {"b": [1]}}`. Unreadable where two keys contradict each other."""
    tree: dict[str, Any] = {}
    for number, (key, value) in enumerate(pairs):
        if number >= MAX_FIELDS:
            raise Unreadable("The request has too many fields")
        match = _KEY.fullmatch(_UNSTORABLE.sub("", key))
        if match is None:
            continue
        path = [match[1], *_PART.findall(match[2])]
        if len(path) > MAX_DEPTH:
            raise Unreadable("The request is nested too deeply")
        _put(tree, path, _clean(value, 0))
    return tree


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    name, rest = path[0], path[1:]
    if not rest:
        tree[name] = value
        return
    if rest[0] == "":
        items = tree.setdefault(name, [])
        if not isinstance(items, list):
            raise Unreadable("The form contradicts itself")
        if len(rest) == 1:
            items.append(value)
            return
        # `a[][x]=1&a[][y]=2&a[][x]=3`: a key that the last object has starts the next one.
        if not items or not isinstance(items[-1], dict) or rest[1] in items[-1]:
            items.append({})
        _put(items[-1], rest[1:], value)
        return
    inner = tree.setdefault(name, {})
    if not isinstance(inner, dict):
        raise Unreadable("The form contradicts itself")
    _put(inner, rest, value)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        elif value is not None:
            merged[key] = value
    return merged
