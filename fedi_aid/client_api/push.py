"""Push subscriptions, one per token; and the job that sends a push."""

from functools import partial

import structlog

from fedi_aid.actions import push
from fedi_aid.actions.instance import Instance
from fedi_aid.client_api.auth import token_of
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.filter import filtered
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.client_api.entities.push import ALERTS, is_intimate, message, subscription
from fedi_aid.client_api.forms import Form
from fedi_aid.errors import Refused, TryLater
from fedi_aid.model.scopes import covers
from fedi_aid.net.error import NetError
from fedi_aid.net.web_push import Subscriber
from fedi_aid.net.web_push import push as send
from fedi_aid.storage import filters as filter_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import push as rows
from fedi_aid.storage import ties, timelines
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.push import PushPolicy, Subscription
from fedi_aid.storage.timelines import Notice, Page
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish, Handler

log = structlog.get_logger()
_PASSING = (408, 425, 429)  # answers that say "later"


# -- endpoints


def _shown(call: Call, found: Subscription) -> Json:
    return subscription(found, call.instance.house.vapid.public)


def _token_id(call: Call) -> int:
    assert call.caller is not None
    return call.caller.token_id


async def create(call: Call) -> Json:
    """POST /api/v1/push/subscription: replaces the one that this token had."""
    given = call.form.group("subscription")
    keys, wishes = given.group("keys"), call.form.group("data")
    endpoint = given.text("endpoint", limit=10_000).strip()
    p256dh, auth = keys.text("p256dh", limit=1_000), keys.text("auth", limit=1_000)
    push.check(call.instance, endpoint, p256dh, auth)
    details = {
        "endpoint": endpoint,
        "p256dh": p256dh,
        "auth": auth,
        "standard": given.flag("standard"),
        "alerts": _alerts(wishes) or {},
        "policy": _policy(call.form, wishes) or "all",
    }
    token = token_of(call.request, call.form) or ""

    def work(tx: Tx) -> Subscription:
        return push.subscribe(tx, call.me, _token_id(call), token, **details)  # type: ignore[arg-type]

    return _shown(call, await call.db.write(work))


async def show(call: Call) -> Json:
    """GET /api/v1/push/subscription"""
    return _shown(call, await call.db.read(push.own, _token_id(call)))


async def update(call: Call) -> Json:
    """PUT /api/v1/push/subscription: which alerts, and from whom; without `data` nothing changes."""
    wishes = call.form.group("data")
    changes = {"alerts": _alerts(wishes), "policy": _policy(call.form, wishes)}

    def work(tx: Tx) -> Subscription:
        return push.change(tx, _token_id(call), **changes)  # type: ignore[arg-type]

    return _shown(call, await call.db.write(work))


async def remove(call: Call) -> Json:
    """DELETE /api/v1/push/subscription"""
    await call.db.write(push.unsubscribe, _token_id(call))
    return {}


def _alerts(wishes: Form) -> dict[str, bool] | None:
    if "alerts" not in wishes:
        return None
    given = wishes.group("alerts")
    return {name: given.flag(name) for name in ALERTS}


def _policy(form: Form, wishes: Form) -> PushPolicy | None:
    """Clients send it within `data` when they subscribe, and beside it when they change it."""
    said = wishes.maybe("policy", limit=100) or form.maybe("policy", limit=100)
    for known in push.POLICIES:
        if said == known:
            return known
    if said:
        raise Refused("Policy is not included in the list", field="data[policy]")
    return None


# -- sending


def handlers(instance: Instance) -> dict[str, Handler]:
    """The one job of this package."""
    return {"push_notice": partial(push_notice, instance)}


async def push_notice(instance: Instance, job: Job) -> Finish | None:
    """Job `push_notice`: tell one device of one notice, as its owner may read it now.

    Nothing is sent when access ended, the post is gone, or the member wants no such push any more (P11, P18).
    An answer in the 4xx (404 and 410 above all) ends the subscription; later is later.
    """
    ready = await instance.db.read(_prepared, instance, job.args["subscription_id"], job.args["notice_id"])
    if ready is None:
        return None
    to, words = ready
    settings = instance.settings
    contact = f"mailto:{settings.contact_email}" if settings.contact_email else settings.base_url
    try:
        answer = await send(
            instance.net,
            Subscriber(endpoint=to.endpoint, p256dh=to.p256dh, auth=to.auth, standard=to.standard),
            words,
            instance.house.vapid,
            contact,
            instance.db.clock(),
            settings.allow_private_addresses,
        )
    except NetError as failure:
        if failure.permanent:  # its name leads inside, or nowhere that may be asked
            return lambda tx: _end(tx, to.id)
        # Its address is a capability: the log names only what went wrong.
        raise TryLater(log=f"push not sent: {failure.kind}") from None
    if 200 <= answer.status < 300:
        return None
    if answer.status >= 500 or answer.status in _PASSING:
        wish = answer.headers.get("retry-after", "")
        raise TryLater(seconds=float(wish) if wish.isdecimal() else 0, log=f"push: {answer.status}")
    log.info("push_subscription_ended", subscription=to.id, status=answer.status)
    return lambda tx: _end(tx, to.id)


def _end(tx: Tx, subscription_id: int) -> None:
    rows.remove(tx, subscription_id=subscription_id)


def _prepared(
    tx: Tx, instance: Instance, subscription_id: int, notice_id: int
) -> tuple[Subscription, bytes] | None:
    """To whom and what; None when there is nothing to say (any more)."""
    alive = rows.living(tx, subscription_id)
    member = people_rows.member(tx, alive[0].member_id) if alive is not None else None
    if alive is None or member is None or member.state != "active" or not covers(alive[1], "push"):
        return None
    to = alive[0]
    found = timelines.notices(tx, member.id, Page(limit=1), only_id=notice_id)
    if not found or not to.alerts.get(found[0].kind, False) or not _is_wanted_from(tx, to, found[0]):
        return None
    look = Look(viewer=member.id, house=instance.house, locale=member.locale, place="notifications")
    hidden, quiet = _discretion(tx, look, found[0])
    if hidden:
        return None
    token = instance.house.seal.content(push.KIND, to.sealed_token) or b""
    return to, message(look, member, found[0], token.decode(), quiet=quiet)


def _is_wanted_from(tx: Tx, to: Subscription, notice: Notice) -> bool:
    """The policy of the subscription; the butler speaks to everybody who does not want silence."""
    if to.policy == "all":
        return True
    if to.policy == "followed":
        return ties.is_following(tx, to.member_id, notice.person.id)
    return to.policy == "follower" and ties.is_following(tx, notice.person.id, to.member_id)


def _discretion(tx: Tx, look: Look, notice: Notice) -> tuple[bool, bool]:
    """(not to be pushed at all, pushed without a word of the post). Without a word go posts of level 3 and 4,
    what answers them, the butler's letters, which may quote such posts, and what a filter warns of (P18)."""
    if notice.post is None:
        return False, False
    post = notice.post.post
    found = filtered(look, notice.post, filter_rows.all_of(tx, look.viewer or 0, active=True))
    hidden = any(one["filter"]["filter_action"] == "hide" for one in found)
    intimate = is_intimate(rows.highest_level(tx, (post.id, post.thread_id, post.reply_to_id)))
    return hidden, intimate or post.reach == "butler" or bool(found)
