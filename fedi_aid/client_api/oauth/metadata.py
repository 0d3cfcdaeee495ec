"""What a client can find out about our OAuth before it has anything: RFC 8414, and who a token is."""

from typing import Final

from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.media.addresses import portrait
from fedi_aid.model.scopes import SCOPES

# Granted to who asks, but nothing here needs them: clients of other servers know these words.
UNANNOUNCED: Final = frozenset({"read:me", "read:circles", "write:circles"})


async def server(call: Call) -> Json:
    """GET /.well-known/oauth-authorization-server"""
    base = call.base_url
    return {
        "issuer": f"{base}/",
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "app_registration_endpoint": f"{base}/api/v1/apps",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "scopes_supported": [scope for scope in SCOPES if scope not in UNANNOUNCED],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "service_documentation": "https://docs.joinmastodon.org/",
    }


async def userinfo(call: Call) -> Json:
    """GET and POST /oauth/userinfo (OpenID Connect Core §5.3), as far as Mastodon has it."""
    person = call.member.person
    return {
        "iss": f"{call.base_url}/",
        "sub": person.uri,
        "name": person.display_name,
        "preferred_username": person.username,
        "profile": person.url,
        "picture": portrait(call.instance.house, person, "avatar") or f"{call.base_url}/static/portrait.svg",
    }
