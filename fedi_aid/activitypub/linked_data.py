"""JSON-LD in its unusual forms, brought into the plain form that everything here reads (J01 to J04).

Nearly every document in the fediverse is plain JSON in the words of ActivityStreams, and is read as such.
Those few that are written otherwise (expanded, with values as `@value`, with words of their own for ours)
come this way: expanded and compacted again by PyLD, with the words of `vocabulary` and nothing else.

Nothing is ever loaded (J01): a context that is only named adds nothing to the words we have, one written
inline counts. What a proof covers is the document as written; this reading of it is never verified, stored or
forwarded (J04, J13, J14). No graph is ever canonicalised, so there is nothing to poison (J05).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from fedi_aid.activitypub.context_guard import ACTIVITYSTREAMS, plain_term
from fedi_aid.activitypub.vocabulary import OTHER_WORDS, PLAIN, PREFIXES
from fedi_aid.errors import Refused

# Far above any real document of this kind; PyLD needs about 20 microseconds for each value.
MAX_VALUES: Final = 1_000
MAX_DEFINITIONS: Final = 200
MAX_DEPTH: Final = 32
# What an inline definition may say here; the rest moves values to other places, or other graphs (J03).
_ACCEPTED = frozenset({"@id", "@type", "@container", "@language", "@protected", "@prefix"})
_ACCEPTED_OF_CONTEXT = frozenset({"@version", "@language", "@vocab", "@base", "@protected", "@direction"})
_CONTAINERS = frozenset({"@set", "@list", "@language"})
_KEYWORDS = frozenset({"@id", "@type", "@value", "@list", "@language"})
_NEVER = frozenset({"@graph", "@included", "@reverse", "@nest"})

Definitions = Mapping[str, str]


def is_alias(definitions: Mapping[str, Any]) -> bool:
    """Whether an inline context gives one of our words, a keyword or their namespace another name.

    Asked for each context of each document, so it only looks; `compacted` judges.
    """
    for term, definition in definitions.items():
        iri = definition.get("@id") if isinstance(definition, dict) else definition
        if not isinstance(iri, str) or term[:1] == "@":
            continue
        if iri[:3] == "as:" or iri.startswith(ACTIVITYSTREAMS):
            if plain_term(iri) != plain_term(term) and term != "as":
                return True
        elif iri[:1] == "@":
            if iri[1:] != term:
                return True
        elif len(iri) > len("https://") and ACTIVITYSTREAMS.startswith(iri) and term != "as":
            return True
    return False


def compacted(document: dict[str, Any]) -> dict[str, Any]:
    """The document in plain words; the given one is not changed.

    `signature` and `proof` take no part: the first is gone, the second stands as it was written. `Refused`
    for what says one thing under two names, for constructions that move values elsewhere (`@graph`,
    `@included`, `@reverse`, `@nest`, `@import`, contexts for one word), for more than 1,000 values or 200
    definitions, and for what PyLD cannot read.
    """
    rest = {key: value for key, value in document.items() if key not in ("signature", "proof")}
    _check(rest)
    plain = _plain(_inline_only(rest))
    if "proof" in document:
        plain["proof"] = document["proof"]
    if "@context" in document:
        plain["@context"] = document["@context"]
    return plain


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    # Not loaded with the server: 27 MB and a tenth of a second that most instances never need.
    from pyld import jsonld

    options = {"base": "", "documentLoader": _loads_nothing, "processingMode": "json-ld-1.1"}
    try:
        expanded = jsonld.expand(document, {**options, "expandContext": PLAIN})
        if len(expanded) != 1 or _moves_values(expanded[0]):
            _refuse("not one node")
        found = jsonld.compact(expanded[0], PLAIN, {**options, "skipExpansion": True})
    except (jsonld.JsonLdError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise Refused(
            "This document is not valid JSON-LD.", log=f"{type(problem).__name__}: {str(problem)[:200]}"
        ) from None
    return {_own(key): _without_prefix(value) for key, value in found.items() if key != "@context"}


def _without_prefix(value: Any) -> Any:
    """Words that no vocabulary here has, under the name that they were written with."""
    if isinstance(value, list):
        return [_without_prefix(item) for item in value]
    if isinstance(value, dict):
        return {_own(key): _without_prefix(item) for key, item in value.items()}
    return value


def _own(key: str) -> str:
    return key.removeprefix(OTHER_WORDS)


def _moves_values(node: Any) -> bool:
    todo = [node]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if not _NEVER.isdisjoint(value):
                return True
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
    return False


def _loads_nothing(url: str, options: object = None) -> NoReturn:
    raise Refused("This document is not valid JSON-LD.", log=f"asked for the context {url[:200]}")


def _refuse(why: str) -> NoReturn:
    raise Refused("This document uses a JSON-LD construction that is not accepted.", log=why[:200])


# -- contexts


def _contexts(value: Any) -> Iterator[dict[str, Any]]:
    """The inline contexts of one object, in order; names of others say nothing (J01)."""
    if isinstance(value, list):
        for one in value:
            yield from _contexts(one)
    elif isinstance(value, dict):
        yield value
    elif not isinstance(value, str):
        _refuse(f"a context is {type(value).__name__}")


def _inline_only(value: Any) -> Any:
    """A copy in which no context is named, and none sets a language or a base for everything below."""
    if isinstance(value, list):
        return [_inline_only(item) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _inline_only(item) for key, item in value.items() if key != "@context"}
    kept = [
        {term: definition for term, definition in one.items() if term not in _ACCEPTED_OF_CONTEXT}
        for one in _contexts(value.get("@context", []))
    ]
    return {"@context": kept} | copy if any(kept) else copy


def _check(document: dict[str, Any]) -> None:
    """Size, what the contexts say, and that no object says one thing under two names (J03, J04)."""
    todo: list[tuple[Any, Definitions, int]] = [(document, PREFIXES, 1)]
    values = definitions = 0
    while todo:
        value, known, depth = todo.pop()
        values += 1
        if values > MAX_VALUES or depth > MAX_DEPTH:
            _refuse("too many values for a document of this kind")
        if isinstance(value, list):
            todo.extend((item, known, depth + 1) for item in value)
        elif isinstance(value, dict):
            for context in _contexts(value.get("@context", [])):
                definitions += len(context)
                if definitions > MAX_DEFINITIONS:
                    _refuse("too many definitions")
                known = _with(known, context)
            keys = [_meaning(key, known) for key in value if key != "@context"]
            if len(set(keys)) != len(keys):
                raise Refused(
                    "A property occurs under two names in this document.", log=f"{sorted(value)}"[:200]
                )
            if any(key[:1] == "@" and key not in _KEYWORDS for key in keys):
                _refuse("a keyword that is not read here")
            todo.extend((item, known, depth + 1) for key, item in value.items() if key != "@context")


def _with(known: Definitions, context: dict[str, Any]) -> Definitions:
    found = dict(known)
    for term, definition in context.items():
        if term[:1] == "@":
            if term not in _ACCEPTED_OF_CONTEXT:
                _refuse(f"{term} in a context")
            continue
        iri = definition
        if isinstance(definition, dict):
            if not definition.keys() <= _ACCEPTED:
                _refuse(f"what is defined of {term}")
            container = definition.get("@container")
            several = container if isinstance(container, list) else [container]
            if container is not None and not all(one in _CONTAINERS for one in map(str, several)):
                _refuse(f"the container of {term}")
            iri = definition.get("@id", term)
        if not isinstance(iri, str):
            _refuse(f"what is defined of {term}")
        found[term] = iri
    return found


def _meaning(key: str, known: Definitions) -> str:
    """The IRI or keyword a key stands for, plain where it is a word of ActivityStreams."""
    for _ in range(5):  # a prefix may be defined by a prefix
        if key[:1] == "@":
            return key
        if key in known and known[key] != key:
            key = known[key]
            continue
        prefix, colon, rest = key.partition(":")
        if not colon or rest.startswith("//") or prefix not in known:
            break
        key = known[prefix] + rest
    if key in ("id", "type"):
        return f"@{key}"
    return plain_term(key)
