"""Mastodon's OpenAPI description, where it lies beside the project; and what it does not say about shapes."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parents[2] / ".." / "shared" / "data" / "mastodon-openapi.json"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ID = re.compile(r"-?\d{1,19}")
NEVER_NULL = {
    *("content", "spoiler_text", "note", "display_name", "media_attachments", "mentions", "tags", "emojis"),
    *("fields", "replies_count", "reblogs_count", "favourites_count", "sensitive", "muted", "favourited"),
    *("reblogged", "bookmarked", "visibility", "created_at", "acct", "avatar", "header"),
}


@cache
def document() -> dict[str, Any]:
    if not FILE.exists():
        pytest.skip("mastodon-openapi.json is not beside the project")
    # One default is the word "null" for an integer: strict loaders refuse the file.
    found: dict[str, Any] = json.loads(re.sub(r',\s*"default":\s*"null"', "", FILE.read_text()))
    return found


@cache
def _registry() -> "Registry[Any]":
    return Registry().with_resource("urn:api", Resource(contents=document(), specification=DRAFT202012))


def conforms(body: Any, method: str, path: str) -> None:
    """The body is what the description says this endpoint answers (`path` with `{id}` as it stands there)."""
    responses = document()["paths"][path][method.lower()]["responses"]
    assert "application/json" in responses["200"]["content"], path
    escaped = path.replace("~", "~0").replace("/", "~1")
    pointer = f"/paths/{escaped}/{method.lower()}/responses/200/content/application~1json/schema"
    _validate(body, pointer, f"{method} {path}")


def is_a(body: Any, entity: str) -> None:
    """The body is this entity."""
    _validate(body, f"/components/schemas/{entity}", entity)


def _validate(body: Any, pointer: str, what: str) -> None:
    document()
    schema = {"$ref": f"urn:api#{pointer}"}
    faults = list(Draft202012Validator(schema, registry=_registry()).iter_errors(body))
    assert not faults, f"{what}: {[(f.json_path, f.message[:200]) for f in faults[:5]]}"


def well_shaped(body: Any, where: str = "") -> None:
    """Ids are strings of digits, dates have milliseconds and a Z, and nothing is null that never may be."""
    if isinstance(body, list):
        for item in body:
            well_shaped(item, where)
        return
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        path = f"{where}.{name}"
        if name in NEVER_NULL:
            assert value is not None, path
        if name == "id" and "translations" not in body and "history" not in body:
            assert isinstance(value, str), path
            assert ID.fullmatch(value), f"{path}: {value}"
        if name.endswith("_at") and isinstance(value, str):
            assert (DAY if name == "last_status_at" else DATE).fullmatch(value), f"{path}: {value}"
        if name == "visibility":
            assert value in ("public", "unlisted", "private", "direct"), path
        well_shaped(value, path)
