"""The part of the route table for those who look after the instance: moderators, and for what concerns other
servers, the door and erasing for good, admins."""

from typing import Final

from fedi_aid.client_api import admin_accounts, admin_domains, admin_entry, admin_numbers, admin_reports
from fedi_aid.client_api.call import Route
from fedi_aid.client_api.instance import empty_list

_EITHER: Final = "PUT PATCH"
_V1: Final = "/api/v1/admin"
_A, _R = f"{_V1}/accounts", f"{_V1}/reports"
_B, _D = f"{_V1}/domain_blocks", f"{_V1}/domain_allows"
_I, _E, _C = f"{_V1}/ip_blocks", f"{_V1}/email_domain_blocks", f"{_V1}/canonical_email_blocks"

_READ_A, _WRITE_A = ("admin:read:accounts",), ("admin:write:accounts",)
_READ_R, _WRITE_R = ("admin:read:reports",), ("admin:write:reports",)
_READ_B, _WRITE_B = ("admin:read:domain_blocks",), ("admin:write:domain_blocks",)
_READ_D, _WRITE_D = ("admin:read:domain_allows",), ("admin:write:domain_allows",)
_READ_I, _WRITE_I = ("admin:read:ip_blocks",), ("admin:write:ip_blocks",)
_READ_E, _WRITE_E = ("admin:read:email_domain_blocks",), ("admin:write:email_domain_blocks",)
_READ_C, _WRITE_C = ("admin:read:canonical_email_blocks",), ("admin:write:canonical_email_blocks",)
_READ: Final = ("admin:read",)

ROUTES: Final[tuple[Route, ...]] = (
    # People
    Route("GET", _A, admin_accounts.index_v1, "moderator", _READ_A),
    Route("GET", "/api/v2/admin/accounts", admin_accounts.index_v2, "moderator", _READ_A),
    Route("GET", f"{_A}/{{id}}", admin_accounts.show, "moderator", _READ_A),
    Route("DELETE", f"{_A}/{{id}}", admin_accounts.remove, "admin", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/action", admin_accounts.act, "moderator", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/approve", admin_accounts.approve, "moderator", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/reject", admin_accounts.reject, "moderator", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/enable", admin_accounts.enable, "moderator", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/unsensitive", admin_accounts.unsensitive, "moderator", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/unsilence", admin_accounts.unsilence, "moderator", _WRITE_A),
    Route("POST", f"{_A}/{{id}}/unsuspend", admin_accounts.unsuspend, "moderator", _WRITE_A),
    # Reports
    Route("GET", _R, admin_reports.index, "moderator", _READ_R),
    Route("GET", f"{_R}/{{id}}", admin_reports.show, "moderator", _READ_R),
    Route(_EITHER, f"{_R}/{{id}}", admin_reports.update, "moderator", _WRITE_R),
    Route("POST", f"{_R}/{{id}}/assign_to_self", admin_reports.assign_to_self, "moderator", _WRITE_R),
    Route("POST", f"{_R}/{{id}}/unassign", admin_reports.unassign, "moderator", _WRITE_R),
    Route("POST", f"{_R}/{{id}}/resolve", admin_reports.resolve, "moderator", _WRITE_R),
    Route("POST", f"{_R}/{{id}}/reopen", admin_reports.reopen, "moderator", _WRITE_R),
    # Other servers
    Route("GET", _B, admin_domains.index, "admin", _READ_B),
    Route("POST", _B, admin_domains.create, "admin", _WRITE_B),
    Route("GET", f"{_B}/{{id}}", admin_domains.show, "admin", _READ_B),
    Route(_EITHER, f"{_B}/{{id}}", admin_domains.update, "admin", _WRITE_B),
    Route("DELETE", f"{_B}/{{id}}", admin_domains.remove, "admin", _WRITE_B),
    Route("GET", "/api/v1/fedi_aid/admin/domain_blocks/preview", admin_domains.preview, "admin", _READ_B),
    Route("GET", _D, admin_domains.allows, "admin", _READ_D),
    Route("POST", _D, admin_domains.allow, "admin", _WRITE_D),
    Route("GET", f"{_D}/{{id}}", admin_domains.show_allow, "admin", _READ_D),
    Route("DELETE", f"{_D}/{{id}}", admin_domains.disallow, "admin", _WRITE_D),
    # The door
    Route("GET", _I, admin_entry.ips, "admin", _READ_I),
    Route("POST", _I, admin_entry.add_ip, "admin", _WRITE_I),
    Route("GET", f"{_I}/{{id}}", admin_entry.show_ip, "admin", _READ_I),
    Route(_EITHER, f"{_I}/{{id}}", admin_entry.change_ip, "admin", _WRITE_I),
    Route("DELETE", f"{_I}/{{id}}", admin_entry.remove_ip, "admin", _WRITE_I),
    Route("GET", _E, admin_entry.providers, "admin", _READ_E),
    Route("POST", _E, admin_entry.add_provider, "admin", _WRITE_E),
    Route("GET", f"{_E}/{{id}}", admin_entry.show_provider, "admin", _READ_E),
    Route("DELETE", f"{_E}/{{id}}", admin_entry.remove_provider, "admin", _WRITE_E),
    Route("GET", _C, admin_entry.emails, "admin", _READ_C),
    Route("POST", _C, admin_entry.add_email, "admin", _WRITE_C),
    Route("POST", f"{_C}/test", admin_entry.test_email, "admin", _READ_C),
    Route("GET", f"{_C}/{{id}}", admin_entry.show_email, "admin", _READ_C),
    Route("DELETE", f"{_C}/{{id}}", admin_entry.remove_email, "admin", _WRITE_C),
    # Numbers
    Route("POST", f"{_V1}/measures", admin_numbers.measures, "moderator", _READ),
    Route("POST", f"{_V1}/dimensions", admin_numbers.dimensions, "moderator", _READ),
    Route("POST", f"{_V1}/retention", admin_numbers.retention, "moderator", _READ),
    # There are no trends, so nothing waits for a review.
    Route("GET", f"{_V1}/trends/links", empty_list, "moderator", _READ),
    Route("GET", f"{_V1}/trends/links/publishers", empty_list, "moderator", _READ),
    Route("GET", f"{_V1}/trends/statuses", empty_list, "moderator", _READ),
    Route("GET", f"{_V1}/trends/tags", empty_list, "moderator", _READ),
)
