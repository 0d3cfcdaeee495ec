"""Who may not come in, for admins: addresses and networks, providers of mail, single mail addresses."""

from datetime import timedelta
from typing import Any, Final

from fedi_aid.actions import entry
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.admin import (
    ENTRY_SEVERITIES,
    admin_canonical_email_block,
    admin_email_domain_block,
    admin_ip_block,
)
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.forms import Form
from fedi_aid.errors import Refused
from fedi_aid.model.moderation import EntryKind
from fedi_aid.storage import entry_rules

_OURS: Final = {theirs: ours for ours, theirs in ENTRY_SEVERITIES.items()}
_SHOWN: Final = {
    "ip": admin_ip_block,
    "email_domain": admin_email_domain_block,
    "canonical_email": admin_canonical_email_block,
}


async def _index(call: Call, kind: EntryKind) -> Any:
    page = call.page(default=100, most=200)
    found = await call.db.read(entry_rules.page_of, kind, page)
    return call.paged([_SHOWN[kind](one) for one in found], page, [one.id for one in found])


async def _show(call: Call, kind: EntryKind) -> Json:
    return _SHOWN[kind](await call.db.read(entry.rule, kind, call.path_id()))


async def _remove(call: Call, kind: EntryKind) -> Json:
    await call.db.write(entry.lift, call.me, kind, call.path_id())
    return {}


# -- addresses and networks


def _severity(form: Form) -> str | None:
    word = form.maybe("severity", limit=100)
    if word is not None and word not in _OURS:
        raise Refused("Severity is not included in the list", field="severity")
    return _OURS[word] if word is not None else None


def _lasts(form: Form) -> timedelta | None:
    seconds = form.maybe_number("expires_in")
    if seconds is not None and not 0 <= seconds <= entry.LONGEST.total_seconds():
        raise Refused("Expires in is not a number of seconds within ten years", field="expires_in")
    return timedelta(seconds=seconds) if seconds is not None else None


async def ips(call: Call) -> Any:
    """GET /api/v1/admin/ip_blocks"""
    return await _index(call, "ip")


async def show_ip(call: Call) -> Json:
    """GET /api/v1/admin/ip_blocks/:id"""
    return await _show(call, "ip")


async def add_ip(call: Call) -> Json:
    """POST /api/v1/admin/ip_blocks: `ip` is an address or a network, `severity` says how far they are kept
    out, `expires_in` for how many seconds"""
    form = call.form
    severity = _severity(form)
    if severity is None:
        raise Refused("Severity can't be blank", code="blank", field="severity")
    lasts, address, comment = _lasts(form), form.text("ip", limit=200), form.text("comment")
    found = await call.db.write(
        lambda tx: entry.bar_network(tx, call.me, address, severity, comment=comment, lasts=lasts)
    )
    return admin_ip_block(found)


async def change_ip(call: Call) -> Json:
    """PUT /api/v1/admin/ip_blocks/:id: what is not sent stays"""
    rule_id, form = call.path_id(), call.form
    changes: dict[str, Any] = {
        "address": form.maybe("ip", limit=200),
        "severity": _severity(form),
        "comment": form.maybe("comment"),
        "lasts": _lasts(form),
    }
    return admin_ip_block(
        await call.db.write(lambda tx: entry.change_network(tx, call.me, rule_id, **changes))
    )


async def remove_ip(call: Call) -> Json:
    """DELETE /api/v1/admin/ip_blocks/:id"""
    return await _remove(call, "ip")


# -- providers of mail


async def providers(call: Call) -> Any:
    """GET /api/v1/admin/email_domain_blocks"""
    return await _index(call, "email_domain")


async def show_provider(call: Call) -> Json:
    """GET /api/v1/admin/email_domain_blocks/:id"""
    return await _show(call, "email_domain")


async def add_provider(call: Call) -> Json:
    """POST /api/v1/admin/email_domain_blocks: nobody signs up with mail of `domain`, or of one below it"""
    domain = call.form.text("domain", limit=1_000)
    return admin_email_domain_block(await call.db.write(entry.bar_provider, call.me, domain))


async def remove_provider(call: Call) -> Json:
    """DELETE /api/v1/admin/email_domain_blocks/:id"""
    return await _remove(call, "email_domain")


# -- single addresses


async def emails(call: Call) -> Any:
    """GET /api/v1/admin/canonical_email_blocks"""
    return await _index(call, "canonical_email")


async def show_email(call: Call) -> Json:
    """GET /api/v1/admin/canonical_email_blocks/:id"""
    return await _show(call, "canonical_email")


async def test_email(call: Call) -> list[Json]:
    """POST /api/v1/admin/canonical_email_blocks/test: the rules that mean `email`"""
    email = call.form.text("email", limit=400)
    if "@" not in email:
        raise Refused("Email is not an e-mail address", field="email")
    return [admin_canonical_email_block(one) for one in await call.db.read(entry.meant, email)]


async def add_email(call: Call) -> Json:
    """POST /api/v1/admin/canonical_email_blocks: `email`, of which a digest is kept, or
    `canonical_email_hash`"""
    email = call.form.text("email", limit=400)
    digest = call.form.text("canonical_email_hash", limit=400)
    found = await call.db.write(lambda tx: entry.bar_email(tx, call.me, email=email, digest=digest))
    return admin_canonical_email_block(found)


async def remove_email(call: Call) -> Json:
    """DELETE /api/v1/admin/canonical_email_blocks/:id"""
    return await _remove(call, "canonical_email")
