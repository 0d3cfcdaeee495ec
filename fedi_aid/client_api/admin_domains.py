"""Rules about other servers, for admins, and what the public is told of them."""

from typing import Any, Final

from fedi_aid.actions import domains
from fedi_aid.actions.domains import Wish
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.admin import admin_domain_allow, admin_domain_block
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.moderation import SEVERITIES, domain_block
from fedi_aid.client_api.forms import Form
from fedi_aid.errors import Refused
from fedi_aid.model.moderation import Severity
from fedi_aid.storage import domain_rules
from fedi_aid.storage.tx import Tx

_OURS: Final[dict[str, Severity]] = {theirs: ours for ours, theirs in SEVERITIES.items()}


def _domain(form: Form) -> str:
    found = form.text("domain", limit=1_000).strip()
    if not found:
        raise Refused("Domain can't be blank", code="blank", field="domain")
    return found


def _wish(form: Form) -> Wish:
    word = form.maybe("severity", limit=100)
    if word is not None and word not in _OURS:
        raise Refused("Severity is not included in the list", field="severity")
    return Wish(
        severity=_OURS[word] if word is not None else None,
        reject_media=form.maybe_flag("reject_media"),
        reject_reports=form.maybe_flag("reject_reports"),
        obfuscate=form.maybe_flag("obfuscate"),
        public_comment=form.maybe("public_comment"),
        private_comment=form.maybe("private_comment"),
    )


async def index(call: Call) -> Any:
    """GET /api/v1/admin/domain_blocks"""
    page = call.page(default=100, most=200)
    found = await call.db.read(lambda tx: domain_rules.page_of(tx, page, allow=False))
    return call.paged([admin_domain_block(one) for one in found], page, [one.id for one in found])


async def show(call: Call) -> Json:
    """GET /api/v1/admin/domain_blocks/:id"""
    return admin_domain_block(await call.db.read(domains.rule, call.path_id()))


async def create(call: Call) -> Json:
    """POST /api/v1/admin/domain_blocks: `severity` is silence unless something else is said; a suspension
    takes effect at once, and what it cuts is final"""
    domain, wish = _domain(call.form), _wish(call.form)

    def work(tx: Tx) -> Json:
        name = domains.name_of(tx, domain)
        known = domain_rules.by_domain(tx, name)
        if known is not None and known.severity != "allow":
            raise Refused("Domain has already been taken", code="taken", field="domain")
        return admin_domain_block(domains.put_rule(tx, call.me, name, wish))

    return await call.db.write(work)


async def update(call: Call) -> Json:
    """PUT /api/v1/admin/domain_blocks/:id: what is not sent stays"""
    rule_id, wish = call.path_id(), _wish(call.form)

    def work(tx: Tx) -> Json:
        known = domains.rule(tx, rule_id)
        return admin_domain_block(domains.put_rule(tx, call.me, known.domain, wish))

    return await call.db.write(work)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/admin/domain_blocks/:id: friendships that it ended stay ended"""
    rule_id = call.path_id()

    def work(tx: Tx) -> None:
        domains.lift_rule(tx, call.me, domains.rule(tx, rule_id).domain)

    await call.db.write(work)
    return {}


async def preview(call: Call) -> Json:
    """GET /api/v1/fedi_aid/admin/domain_blocks/preview: what suspending `domain` would cut, in numbers"""
    domain = _domain(call.form)
    found = await call.db.read(domains.preview, domain)
    return {
        "domain": await call.db.read(domains.name_of, domain),
        "accounts": found.people,
        "members": found.members,
        "friendships": found.friendships,
        "following": found.following,
        "followers": found.followers,
        "statuses": found.posts,
        "waiting_jobs": found.waiting,
    }


# -- limited federation


async def allows(call: Call) -> Any:
    """GET /api/v1/admin/domain_allows"""
    page = call.page(default=100, most=200)
    found = await call.db.read(lambda tx: domain_rules.page_of(tx, page, allow=True))
    return call.paged([admin_domain_allow(one) for one in found], page, [one.id for one in found])


async def show_allow(call: Call) -> Json:
    """GET /api/v1/admin/domain_allows/:id"""
    rule_id = call.path_id()
    return admin_domain_allow(await call.db.read(lambda tx: domains.rule(tx, rule_id, allow=True)))


async def allow(call: Call) -> Json:
    """POST /api/v1/admin/domain_allows: a server that is on the list already is no error"""
    domain = _domain(call.form)
    return admin_domain_allow(await call.db.write(domains.allow, call.me, domain))


async def disallow(call: Call) -> Json:
    """DELETE /api/v1/admin/domain_allows/:id: where federation is limited this cuts like a suspension"""
    rule_id = call.path_id()

    def work(tx: Tx) -> None:
        domains.disallow(tx, call.me, domains.rule(tx, rule_id, allow=True).domain)

    await call.db.write(work)
    return {}


# -- for everybody


async def public(call: Call) -> list[Json]:
    """GET /api/v1/instance/domain_blocks: servers that are limited or suspended here, and why"""
    found = await call.db.read(domain_rules.all_of)
    return [domain_block(one) for one in found if one.severity in ("limit", "suspend")]
