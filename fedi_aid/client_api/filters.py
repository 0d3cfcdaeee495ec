"""Filters: version 2 as it is, and version 1, where each keyword is a filter of its own."""

from datetime import timedelta

from fedi_aid.actions import filters
from fedi_aid.actions.filters import FilterWish, KeywordWish
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.filter import filter_v1, filter_v2, filtered_post, keyword
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.forms import Form, as_id
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.filters import Filter
from fedi_aid.storage import filters as rows
from fedi_aid.storage.tx import Tx

LONGEST = 100 * 366 * 86_400


def _places(form: Form) -> tuple[str, ...] | None:
    return tuple(form.texts("context", limit=20)) if "context" in form else None


def _end(form: Form) -> tuple[timedelta | None, bool]:
    """(how long, forever): an empty `expires_in` takes the end away."""
    if "expires_in" not in form:
        return None, False
    seconds = form.maybe_number("expires_in")
    if seconds is None:
        return None, True
    if not 0 <= seconds <= LONGEST:
        raise Refused("Expires in is not a number of seconds to come", field="expires_in")
    return timedelta(seconds=seconds), False


def _wish(form: Form) -> FilterWish:
    lasts, forever = _end(form)
    return FilterWish(
        title=form.maybe("title"),
        places=_places(form),
        action=form.maybe("filter_action", limit=100),
        lasts=lasts,
        forever=forever,
        keywords=tuple(_keyword(one) for one in form.groups("keywords_attributes", limit=200)),
    )


def _keyword(form: Form) -> KeywordWish:
    return KeywordWish(
        id=form.maybe_id("id"),
        keyword=form.maybe("keyword"),
        whole_word=form.maybe_flag("whole_word"),
        remove=form.flag("_destroy"),
    )


# -- version 2


async def index(call: Call) -> list[Json]:
    """GET /api/v2/filters"""
    return [filter_v2(one) for one in await call.db.read(rows.all_of, call.me)]


async def show(call: Call) -> Json:
    """GET /api/v2/filters/:id"""
    return filter_v2(await call.db.read(filters.own, call.me, call.path_id()))


async def create(call: Call) -> Json:
    """POST /api/v2/filters"""
    return filter_v2(await call.db.write(filters.make, call.me, _wish(call.form)))


async def update(call: Call) -> Json:
    """PUT /api/v2/filters/:id"""
    return filter_v2(await call.db.write(filters.change, call.me, call.path_id(), _wish(call.form)))


async def remove(call: Call) -> Json:
    """DELETE /api/v2/filters/:id"""
    await call.db.write(filters.drop, call.me, call.path_id())
    return {}


async def keywords(call: Call) -> list[Json]:
    """GET /api/v2/filters/:id/keywords"""
    found = await call.db.read(filters.own, call.me, call.path_id())
    return [keyword(one) for one in found.keywords]


async def add_keyword(call: Call) -> Json:
    """POST /api/v2/filters/:id/keywords"""
    wish = _keyword(call.form)
    return keyword(await call.db.write(filters.add_keyword, call.me, call.path_id(), wish))


async def show_keyword(call: Call) -> Json:
    """GET /api/v2/filters/keywords/:id"""
    return keyword(await call.db.read(filters.keyword, call.me, call.path_id()))


async def update_keyword(call: Call) -> Json:
    """PUT /api/v2/filters/keywords/:id"""
    wish = _keyword(call.form)
    return keyword(await call.db.write(filters.change_keyword, call.me, call.path_id(), wish))


async def remove_keyword(call: Call) -> Json:
    """DELETE /api/v2/filters/keywords/:id"""
    await call.db.write(filters.drop_keyword, call.me, call.path_id())
    return {}


async def posts(call: Call) -> list[Json]:
    """GET /api/v2/filters/:id/statuses"""
    found = await call.db.read(filters.own, call.me, call.path_id())
    return [filtered_post(one) for one in found.posts]


async def add_post(call: Call) -> Json:
    """POST /api/v2/filters/:id/statuses"""
    post_id = as_id(call.form.text("status_id", limit=1_000))
    return filtered_post(await call.db.write(filters.add_post, call.me, call.path_id(), post_id))


async def show_post(call: Call) -> Json:
    """GET /api/v2/filters/statuses/:id"""
    return filtered_post(await call.db.read(filters.filtered_post, call.me, call.path_id()))


async def remove_post(call: Call) -> Json:
    """DELETE /api/v2/filters/statuses/:id"""
    return filtered_post(await call.db.write(filters.drop_post, call.me, call.path_id()))


# -- version 1


def _one(tx: Tx, call: Call) -> tuple[Filter, Json]:
    found = rows.of_keyword(tx, call.me, call.path_id())
    if found is None:
        raise NotFound
    return found, filter_v1(found, filters.keyword(tx, call.me, call.path_id()))


def _wish_v1(form: Form, *, row_id: int | None = None) -> FilterWish:
    wish = KeywordWish(id=row_id, keyword=form.maybe("phrase"), whole_word=form.maybe_flag("whole_word"))
    lasts, forever = _end(form)
    irreversible = form.maybe_flag("irreversible")
    return FilterWish(
        title=form.maybe("phrase"),
        places=_places(form),
        action=None if irreversible is None else "hide" if irreversible else "warn",
        lasts=lasts,
        forever=forever,
        keywords=(wish,),
    )


async def index_v1(call: Call) -> list[Json]:
    """GET /api/v1/filters"""
    found = await call.db.read(rows.all_of, call.me)
    return [filter_v1(one, word) for one in found for word in one.keywords]


async def show_v1(call: Call) -> Json:
    """GET /api/v1/filters/:id"""
    return await call.db.read(lambda tx: _one(tx, call)[1])


async def create_v1(call: Call) -> Json:
    """POST /api/v1/filters"""
    wish = _wish_v1(call.form)

    def work(tx: Tx) -> Json:
        made = filters.make(tx, call.me, wish)
        return filter_v1(made, made.keywords[0])

    return await call.db.write(work)


async def update_v1(call: Call) -> Json:
    """PUT /api/v1/filters/:id. Refused where the filter has more than this keyword: old clients cannot see
    what else they would change."""
    form, row_id = call.form, call.path_id()

    def work(tx: Tx) -> Json:
        known, _ = _one(tx, call)
        wish = _wish_v1(form, row_id=row_id)
        others = len(known.keywords) + len(known.posts) > 1
        if others and (wish.places or wish.lasts or wish.forever or wish.action):
            raise Refused("This filter has several keywords: this app cannot change it", field="context")
        changed = filters.change(
            tx, call.me, known.id, FilterWish(keywords=wish.keywords) if others else wish
        )
        return filter_v1(changed, filters.keyword(tx, call.me, row_id))

    return await call.db.write(work)


async def remove_v1(call: Call) -> Json:
    """DELETE /api/v1/filters/:id: the keyword, and the filter with its last one."""

    def work(tx: Tx) -> None:
        known = filters.drop_keyword(tx, call.me, call.path_id())
        if len(known.keywords) + len(known.posts) == 1:
            filters.drop(tx, call.me, known.id)

    await call.db.write(work)
    return {}
