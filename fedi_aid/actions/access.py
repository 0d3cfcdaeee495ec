"""Who may act as whom: apps, codes, tokens and browser sessions (OAuth 2: RFC 6749, 7009, 7636).

How a client logs a member in, and who calls what:

1. `register_app` (client API) → `NewApp`, with a secret shown once;
2. `prepare_authorization` (page GET and POST /oauth/authorize) → `AuthorizeRequest` or `OAuthRefused`;
3. `grant_code` or `deny` (page POST) → where the browser goes, or a code to show (`oob`);
4. `exchange_code` (client API, /oauth/token) → `NewToken`;
5. `caller_of_token` (client API, every request) → `Caller`.

Codes, tokens, secrets and session names are 256 random bits; only their SHA-256 is stored, so a leaked
database opens nothing. They need no slow hash: they cannot be guessed from one.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model import scopes as scope_rules
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Member
from fedi_aid.storage import access, people
from fedi_aid.storage.access import App, Session, Token
from fedi_aid.storage.tx import Tx

__all__ = [
    "OOB",
    "App",
    "AuthorizeRequest",
    "Caller",
    "GrantedCode",
    "NewApp",
    "NewSession",
    "NewToken",
    "OAuthRefused",
    "OpenSession",
    "Session",
    "Token",
    "app_of_code",
    "authenticate_app",
    "authorised_apps",
    "caller_of_token",
    "client_credentials",
    "close_other_sessions",
    "close_session",
    "deny",
    "digest",
    "exchange_code",
    "give_token",
    "grant_code",
    "invalid_grant",
    "note_use",
    "open_session",
    "own_tokens",
    "prepare_authorization",
    "register_app",
    "revoke",
    "revoke_app",
    "revoke_own",
    "session_of",
    "sessions",
]

OOB: Final = "urn:ietf:wg:oauth:2.0:oob"
NATIVE_PATH: Final = "/oauth/authorize/native"
CODE_LIFE: Final = timedelta(minutes=10)
SESSION_LIFE: Final = timedelta(days=30)
USE_NOTED_EVERY: Final = timedelta(hours=12)  # coarse on purpose: when somebody reads is nobody's business
MAX_REDIRECT_URIS: Final = 20
MAX_URI: Final = 2_000
MAX_STATE: Final = 4_000
MAX_NAME: Final = 60
_FORBIDDEN_SCHEMES: Final = frozenset(
    {"javascript", "data", "vbscript", "blob", "file", "about", "filesystem"}
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\])(:(?P<port>[0-9]{1,5}))?(?P<rest>[/?][!-\"$-~]*|)"
)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthRefused(Refused):
    """A refusal in OAuth's own words: `code` is the error of RFC 6749 (§4.1.2.1, §5.2), `sentence` its text.

    `location` is where the browser must be sent with it; empty when it has to be shown on a page or in the
    response body, because the app or its address could not be trusted.
    """

    def __init__(self, code: str, sentence: str, *, location: str = "") -> None:
        super().__init__(sentence, code=code)
        self.location = location


class NewApp(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh registration; `client_secret` is readable here and never again."""

    app: App
    client_secret: str


class AuthorizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an app asks of a member, checked: the consent page may show it and come back with it.

    `challenge` is a PKCE S256 challenge or None. `force_login`: ask for the password even with a session.
    `lang` is what the app wishes the page to be in, "" for nothing.
    """

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    challenge: str | None
    force_login: bool
    lang: str

    @property
    def oob(self) -> bool:
        """The code is shown on a page for copying instead of being sent anywhere."""
        return self.redirect_uri == OOB

    def params(self) -> dict[str, str]:
        """The parameters that make the same request again, for hidden fields of the form."""
        given = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": self.state,
            "code_challenge": self.challenge or "",
            "code_challenge_method": "S256" if self.challenge else "",
            "lang": self.lang,
        }
        return {name: value for name, value in given.items() if value}


class GrantedCode(msgspec.Struct, frozen=True, kw_only=True):
    """The member said yes. `location`: where a 302 sends the browser; for OOB the path of the code's page."""

    code: str
    location: str


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh token; `token` is readable here and never again."""

    token: str
    scopes: tuple[str, ...]
    created_at: datetime
    member_id: PersonId | None


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls with a token. `member` is None when an app speaks for itself; check `member.state`."""

    token_id: int
    app: App
    scopes: tuple[str, ...]
    member: Member | None
    stale: bool  # `note_use` is due

    def may(self, scope: str) -> bool:
        return scope_rules.covers(self.scopes, scope)


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser session as a request carries it. The caller decides what a waiting member may do."""

    id: int
    member: Member
    csrf: str
    expires_at: datetime


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session just opened; `secret` is the cookie's value and is readable here and never again."""

    secret: str
    csrf: str
    expires_at: datetime


def digest(secret: str) -> str:
    """What is stored of a code, token or secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


# -- apps


def register_app(
    tx: Tx, *, name: str, redirect_uris: tuple[str, ...], scopes: str = "", website: str | None = None
) -> NewApp:
    """Register a client program. Refused (field `client_name`, `redirect_uris`, `scopes`, `website`)."""
    name = clean_name(name, MAX_NAME)
    if not name:
        raise Refused("Application Name can't be blank", field="client_name")
    wanted = scope_rules.parse(scopes) or (scope_rules.DEFAULT_SCOPE,)
    if scope_rules.unknown(wanted):
        raise Refused("Scopes doesn't match configured on the server.", field="scopes")
    secret = _new_secret()
    app = access.insert_app(
        tx,
        client_id=_new_secret(),
        secret_hash=digest(secret),
        name=name,
        website=_checked_website(website),
        redirect_uris=_checked_redirects(redirect_uris),
        scopes=wanted,
    )
    return NewApp(app=app, client_secret=secret)


def _checked_website(website: str | None) -> str | None:
    if not website or not website.strip():
        return None
    website = website.strip()
    if len(website) > MAX_URI or not re.match(r"https?://[^\s/]", website, re.IGNORECASE):
        raise Refused("Website is not a valid URL", field="website")
    return website


def _checked_redirects(uris: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(uri.strip() for uri in uris if uri.strip()))
    if not kept:
        raise Refused("Redirect URI can't be blank", field="redirect_uris")
    if len(kept) > MAX_REDIRECT_URIS or any(len(uri) > MAX_URI for uri in kept):
        raise Refused("Redirect URI is too long", field="redirect_uris")
    for uri in kept:
        if uri != OOB:
            _check_redirect(uri)
    return kept


def _check_redirect(uri: str) -> None:
    """An absolute address of an app: https, loopback http, or a scheme of its own (RFC 8252 §7.1)."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*):([!-~]+)", uri)
    if match is None:
        raise Refused("Redirect URI must be an absolute URI.", field="redirect_uris")
    scheme = match.group(1).lower()
    if scheme in _FORBIDDEN_SCHEMES or scheme == "urn":
        raise Refused("Redirect URI is forbidden by the server.", field="redirect_uris")
    if "#" in uri:
        raise Refused("Redirect URI cannot contain a fragment.", field="redirect_uris")
    if scheme in ("http", "https"):
        try:
            host = urlsplit(uri).hostname
        except ValueError:
            host = None
        if not host:
            raise Refused("Redirect URI must be an absolute URI.", field="redirect_uris")


def authenticate_app(tx: Tx, client_id: str, client_secret: str | None) -> App:
    """The app that knows its secret. OAuthRefused `invalid_client`, alike for a wrong id or secret."""
    app = access.app_by_client_id(tx, client_id)
    stored = access.app_secret_hash(tx, app.id) if app else ""
    right = hmac.compare_digest(stored, digest(client_secret or ""))
    if app is None or not right:
        raise _invalid_client()
    return app


def _invalid_client() -> OAuthRefused:
    return OAuthRefused(
        "invalid_client",
        "Client authentication failed due to unknown client, no client authentication included, or "
        "unsupported authentication method.",
    )


# -- the consent page


def prepare_authorization(tx: Tx, params: Mapping[str, str]) -> AuthorizeRequest:
    """Check what an app asks, from the query or the hidden fields of the form (RFC 6749 §4.1.1).

    Parameters: response_type, client_id, redirect_uri, scope, state, force_login, lang, code_challenge,
    code_challenge_method. An unknown app or address is shown on a page (`location` empty); every other fault
    goes back to the app (`location`), or to the page for OOB.
    """
    app = access.app_by_client_id(tx, params.get("client_id", ""))
    if app is None:
        raise OAuthRefused("invalid_client", "This app is not known here: it must register first.")
    redirect_uri = params.get("redirect_uri", "")
    if not _is_registered(app, redirect_uri):
        raise OAuthRefused("invalid_redirect_uri", "The redirect URI is not one that the app registered.")
    state = params.get("state", "")
    if len(state) > MAX_STATE:  # to shorten it would break what the app compares
        raise OAuthRefused("invalid_request", f"The state has at most {MAX_STATE} characters.")
    wanted = scope_rules.parse(params.get("scope", "")) or (scope_rules.DEFAULT_SCOPE,)
    challenge = params.get("code_challenge") or None
    fault = _fault(app, params, wanted, challenge)
    if fault is not None:
        code, sentence = fault
        given = {"error": code, "error_description": sentence} | ({"state": state} if state else {})
        raise OAuthRefused(code, sentence, location=_answer(redirect_uri, given))
    return AuthorizeRequest(
        app=app,
        redirect_uri=redirect_uri,
        scopes=wanted,
        state=state,
        challenge=challenge,
        force_login=params.get("force_login", "").strip().lower() in ("true", "1", "on", "yes"),
        lang=params.get("lang", "")[:35],
    )


def _is_registered(app: App, redirect_uri: str) -> bool:
    """Exactly, but for the port of a loopback address, which a program gets when it runs (RFC 8252 §7.3)."""
    if redirect_uri in app.redirect_uris:
        return True
    wanted = _without_port(redirect_uri)
    return wanted is not None and wanted in {_without_port(uri) for uri in app.redirect_uris}


def _without_port(uri: str) -> str | None:
    """An http address of this very machine, given by number, without its port; None for any other."""
    found = _LOOPBACK.fullmatch(uri)
    return f"{found['host']}{found['rest']}" if found and int(found["port"] or 80) < 65_536 else None


def _fault(
    app: App, params: Mapping[str, str], wanted: tuple[str, ...], challenge: str | None
) -> tuple[str, str] | None:
    if params.get("response_type", "") != "code":
        return "unsupported_response_type", "The server answers with an authorization code only."
    if scope_rules.unknown(wanted) or not scope_rules.within(wanted, app.scopes):
        return "invalid_scope", "The requested scope is invalid, unknown, or malformed."
    if params.get("response_mode", "query") not in ("", "query"):
        return "invalid_request", "The server answers in the query of the redirect URI only."
    method = params.get("code_challenge_method", "")
    if challenge is None:
        return ("invalid_request", "The code challenge is missing.") if method else None
    if method != "S256" or not _CHALLENGE.fullmatch(challenge):
        return "invalid_request", "The code challenge method must be S256."
    return None


def _answer(redirect_uri: str, given: Mapping[str, str]) -> str:
    """The app's address with an answer added to its query; "" for OOB."""
    if redirect_uri == OOB:
        return ""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(given)}"


def grant_code(tx: Tx, request: AuthorizeRequest, member_id: PersonId) -> GrantedCode:
    """The member agreed. Only for an active member: Refused `forbidden` otherwise."""
    member = people.member(tx, member_id)
    if member is None or member.state != "active":
        raise Refused("Your login is currently disabled", code="forbidden")
    code = _new_secret()
    access.insert_code(
        tx,
        code_hash=digest(code),
        app_id=request.app.id,
        member_id=member_id,
        redirect_uri=request.redirect_uri,
        scopes=" ".join(request.scopes),
        challenge=request.challenge,
        expires_at=tx.now + CODE_LIFE,
    )
    if request.oob:
        return GrantedCode(code=code, location=f"{NATIVE_PATH}?{urlencode({'code': code})}")
    given = {"code": code} | ({"state": request.state} if request.state else {})
    return GrantedCode(code=code, location=_answer(request.redirect_uri, given))


def deny(request: AuthorizeRequest) -> str:
    """The member declined: where the browser goes, "" for OOB. Nothing is stored."""
    given = {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
    }
    return _answer(request.redirect_uri, given | ({"state": request.state} if request.state else {}))


def app_of_code(tx: Tx, code: str) -> App | None:
    """The app a code was made for: its name stands on the page that shows the code."""
    return access.app_of_code(tx, digest(code))


# -- tokens


def exchange_code(
    tx: Tx,
    *,
    client_id: str,
    client_secret: str | None,
    code: str,
    redirect_uri: str,
    verifier: str | None = None,
) -> NewToken | None:
    """A token for a code, once. OAuthRefused `invalid_client` or `invalid_grant`.

    The app proves itself by its secret, or by the PKCE verifier where the code has a challenge; a secret that
    is given must be right. None: the code had been used before; the token got with it is revoked, and the
    caller must answer `invalid_grant` (a refusal raised here would take the revocation back).
    """
    app = access.app_by_client_id(tx, client_id)
    if app is None:
        raise _invalid_client()
    if client_secret is not None:
        authenticate_app(tx, client_id, client_secret)
    found = access.code(tx, digest(code))
    if client_secret is None and (found is None or found.challenge is None):
        raise _invalid_client()
    if found is None or found.app_id != app.id or found.redirect_uri != redirect_uri:
        raise invalid_grant()
    if found.challenge is not None and not _verifies(found.challenge, verifier or ""):
        raise invalid_grant()
    if found.challenge is None and verifier:  # somebody took the challenge out on the way (RFC 9700 §4.8.2)
        raise invalid_grant()
    if not access.use_code(tx, found.id):
        access.end_tokens(tx, code_id=found.id)
        return None
    member = people.member(tx, found.member_id)
    if found.expires_at <= tx.now or member is None or member.state != "active":
        raise invalid_grant()
    return _issue(tx, app, found.member_id, found.scopes, code_id=found.id)


def invalid_grant() -> OAuthRefused:
    return OAuthRefused(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI "
        "used in the authorization request, or was issued to another client.",
    )


def _verifies(challenge: str, verifier: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def _issue(
    tx: Tx, app: App, member_id: PersonId | None, scopes: tuple[str, ...], *, code_id: int | None = None
) -> NewToken:
    token = _new_secret()
    access.insert_token(
        tx, token_hash=digest(token), app_id=app.id, member_id=member_id, scopes=scopes, code_id=code_id
    )
    return NewToken(token=token, scopes=scopes, created_at=tx.now, member_id=member_id)


def client_credentials(tx: Tx, *, client_id: str, client_secret: str | None, scope: str = "") -> NewToken:
    """A token that speaks for the app alone. OAuthRefused `invalid_client` or `invalid_scope`."""
    app = authenticate_app(tx, client_id, client_secret)
    wanted = scope_rules.parse(scope) or (scope_rules.DEFAULT_SCOPE,)
    if scope_rules.unknown(wanted) or not scope_rules.within(wanted, app.scopes):
        raise OAuthRefused("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return _issue(tx, app, None, wanted)


def give_token(tx: Tx, member_id: PersonId, *, scopes: str, app: App | None = None) -> NewToken:
    """A token for a member without the dance: sign-up through an app, and the operator's command line."""
    wanted = scope_rules.parse(scopes) or (scope_rules.DEFAULT_SCOPE,)
    if unknown := scope_rules.unknown(wanted):
        raise Refused(f"There is no scope called {unknown[0][:40]}.", field="scopes")
    if people.member(tx, member_id) is None:
        raise NotFound
    chosen = app or register_app(tx, name="Command line", redirect_uris=(OOB,), scopes=" ".join(wanted)).app
    return _issue(tx, chosen, member_id, wanted)


def own_tokens(tx: Tx, me: PersonId) -> list[Token]:
    """A member's living tokens, newest first."""
    return access.tokens_of(tx, me)


def revoke_own(tx: Tx, me: PersonId, token_id: int) -> None:
    """End one of one's own tokens. NotFound for any other."""
    if not access.end_tokens(tx, token_id=token_id, member_id=me):
        raise NotFound


def caller_of_token(tx: Tx, token: str) -> Caller | None:
    """Whom a bearer token lets in; None when it is unknown or revoked, or its member is gone."""
    found = access.token(tx, digest(token))
    if found is None:
        return None
    member = people.member(tx, found.member_id) if found.member_id is not None else None
    if found.member_id is not None and (member is None or member.state == "deleted"):
        return None
    stale = found.last_used_at is None or tx.now - found.last_used_at >= USE_NOTED_EVERY
    return Caller(token_id=found.id, app=found.app, scopes=found.scopes, member=member, stale=stale)


def note_use(tx: Tx, token_id: int, member_id: PersonId | None) -> None:
    """A token was used and its member was here; call it when `Caller.stale` says so."""
    access.touch_token(tx, token_id)
    if member_id is not None:
        access.touch_member(tx, member_id)


def revoke(tx: Tx, *, client_id: str, client_secret: str | None, token: str) -> None:
    """Revoke one token (RFC 7009). OAuthRefused `unauthorized_client` unless it is this app's own.

    An unknown or dead token is a success, as the RFC wants: its holder has nothing left either way.
    """
    try:
        app = authenticate_app(tx, client_id, client_secret)
    except OAuthRefused:
        raise _not_authorised() from None
    found = access.token(tx, digest(token))
    if found is None:
        return
    if found.app.id != app.id:
        raise _not_authorised()
    access.end_tokens(tx, token_id=found.id)


def _not_authorised() -> OAuthRefused:
    return OAuthRefused("unauthorized_client", "You are not authorized to revoke this token")


# -- a member's own apps and sessions


def authorised_apps(tx: Tx, member_id: PersonId) -> list[Token]:
    """Which apps hold a key, newest key first, one row per app."""
    found: dict[int, Token] = {}
    for token in access.tokens_of(tx, member_id):
        found.setdefault(token.app.id, token)
    return list(found.values())


def revoke_app(tx: Tx, member_id: PersonId, app_id: int) -> None:
    """Take every key back from an app. NotFound when it holds none."""
    if not access.end_tokens(tx, member_id=member_id, app_id=app_id):
        raise NotFound


def open_session(tx: Tx, member_id: PersonId, *, agent: str = "") -> NewSession:
    """Log a browser in; the caller has checked the password."""
    secret, csrf = _new_secret(), _new_secret()
    session = access.insert_session(
        tx,
        session_hash=digest(secret),
        member_id=member_id,
        csrf=csrf,
        agent=clean_name(agent),
        expires_at=tx.now + SESSION_LIFE,
    )
    access.touch_member(tx, member_id)
    return NewSession(secret=secret, csrf=csrf, expires_at=session.expires_at)


def session_of(tx: Tx, secret: str) -> OpenSession | None:
    """The session a cookie names; None when it has ended or its member is gone or suspended."""
    found = access.session(tx, digest(secret))
    member = people.member(tx, found.member_id) if found else None
    if found is None or member is None or member.state not in ("active", "waiting"):
        return None
    return OpenSession(id=found.id, member=member, csrf=found.csrf, expires_at=found.expires_at)


def close_session(tx: Tx, secret: str) -> None:
    """Log this browser out; nothing happens when it already was."""
    access.end_session(tx, digest(secret))


def sessions(tx: Tx, member_id: PersonId) -> list[Session]:
    """A member's open sessions, newest first."""
    return access.sessions_of(tx, member_id)


def close_other_sessions(tx: Tx, member_id: PersonId, *, but: int | None = None) -> int:
    """Log every other browser out (all of them without `but`, a session id); returns how many."""
    return access.end_sessions(tx, member_id, except_id=but)
