"""Instance v1 and v2: who we are, in a version string that Mastodon's clients can read."""

from importlib.metadata import version
from typing import Final

from fedi_aid.actions.tags import FEATURED_MAX
from fedi_aid.client_api.entities.look import Json
from fedi_aid.media import recordings
from fedi_aid.media.picture import TYPES
from fedi_aid.model import polls
from fedi_aid.model.charter import Charter
from fedi_aid.model.intimacy import LEVELS
from fedi_aid.model.people import BUTLER
from fedi_aid.settings import Settings

API_VERSIONS: Final = {"mastodon": 6, "fedi_aid": 1}  # 7 would promise quotes
LANGUAGES: Final = ["en", "fr"]
MEDIA_PER_POST: Final = 4
ROUNDED_TO: Final = 10


def software_version() -> str:
    """Plain Mastodon first: clients parse the beginning and switch features by it."""
    return f"4.6.0 (compatible; fedi_aid {version('fedi_aid')})"


def rounded(count: int) -> int:
    """A number that does not tell when one person came or went (RULES R7)."""
    return -(-count // ROUNDED_TO) * ROUNDED_TO


def streaming_url(settings: Settings) -> str:
    return settings.base_url.replace("http", "ws", 1)


def rules(charter: Charter, locale: str) -> list[Json]:
    """The charter in the asker's language, with the others beside it."""
    others = {language: charter.said_in(language).rules for language in LANGUAGES}
    return [
        {
            "id": rule.id,
            "text": rule.title.said_in(locale),
            "hint": rule.hint.said_in(locale),
            "translations": {
                language: {"text": others[language][at].title, "hint": others[language][at].hint}
                for language in LANGUAGES
            },
        }
        for at, rule in enumerate(charter.rules)
    ]


def configuration(settings: Settings, vapid_key: str) -> Json:
    films = recordings.Studio.of(settings).open
    return {
        "urls": {"streaming": streaming_url(settings)},
        "vapid": {"public_key": vapid_key},
        "accounts": {
            "max_featured_tags": FEATURED_MAX,
            "max_pinned_statuses": 5,
            "max_display_name_length": 100,
            "max_note_length": 2000,
            "max_profile_fields": 6,
            "profile_field_name_limit": 255,
            "profile_field_value_limit": 255,
        },
        "statuses": {
            "max_characters": settings.post_max_chars,
            "max_media_attachments": MEDIA_PER_POST,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": [*TYPES, *(recordings.TYPES if films else ())],
            "description_limit": 1500,
            "image_size_limit": settings.media_max_bytes,
            "image_matrix_limit": settings.media_max_pixels,
            "video_size_limit": settings.media_max_recording_bytes if films else 0,
            "video_frame_rate_limit": recordings.FRAME_RATE if films else 0,
            "video_matrix_limit": settings.media_max_pixels if films else 0,
        },
        "polls": {
            "max_options": polls.OPTIONS_MAX,
            "max_characters_per_option": polls.OPTION_CHARS,
            "min_expiration": int(polls.SHORTEST.total_seconds()),
            "max_expiration": int(polls.LONGEST.total_seconds()),
        },
        "translation": {"enabled": False},
        "timelines_access": {
            "live_feeds": {"local": "public", "remote": "public"},
            "hashtag_feeds": {"local": "public", "remote": "public"},
            "trending_link_feeds": {"local": "authenticated", "remote": "authenticated"},
        },
        "limited_federation": settings.limited_federation,
    }


def fedi_aid(settings: Settings, locale: str) -> Json:
    """Our own part: the levels, and what this instance allows."""
    return {
        "version": version("fedi_aid"),
        "butler": BUTLER,
        "public_posts": settings.allow_public_posts,
        "daily_ration": settings.daily_ration,
        "levels": [
            {
                "level": int(level),
                "name": rule.name(locale),
                "typical_size": rule.typical,
                "at_most": rule.hard_cap,
                "second_circle": rule.second_circle,
            }
            for level, rule in sorted(LEVELS.items())
        ],
    }


def instance_v2(settings: Settings, charter: Charter, *, locale: str, active: int, vapid_key: str) -> Json:
    return {
        "domain": settings.domain,
        "title": settings.instance_name,
        "version": software_version(),
        "source_url": "",
        "description": settings.instance_description,
        "usage": {"users": {"active_month": rounded(active)}},
        "thumbnail": {"url": f"{settings.base_url}/static/mark.svg", "description": None},
        "icon": [],
        "languages": [
            settings.default_language,
            *(one for one in LANGUAGES if one != settings.default_language),
        ],
        "configuration": configuration(settings, vapid_key),
        "registrations": {
            "enabled": settings.registration in ("open", "approval"),
            "approval_required": settings.registration == "approval",
            "reason_required": settings.registration == "approval",
            "message": None,
            "min_age": None,
            "url": f"{settings.base_url}/signup",
        },
        "contact": {"email": settings.contact_email, "account": None},
        "rules": rules(charter, locale),
        "api_versions": API_VERSIONS,
        "fedi_aid": fedi_aid(settings, locale),
    }


def instance_v1(settings: Settings, charter: Charter, *, locale: str, members: int) -> Json:
    whole = configuration(settings, "")
    return {
        "uri": settings.domain,
        "title": settings.instance_name,
        "short_description": settings.instance_description,
        "description": settings.instance_description,
        "email": settings.contact_email,
        "version": software_version(),
        "urls": {"streaming_api": streaming_url(settings)},
        # Constants: how much is written here is nobody's business (RULES R7).
        "stats": {"user_count": rounded(members), "status_count": 0, "domain_count": 0},
        "thumbnail": f"{settings.base_url}/static/mark.svg",
        "languages": LANGUAGES,
        "registrations": settings.registration in ("open", "approval"),
        "approval_required": settings.registration == "approval",
        "invites_enabled": settings.registration == "invite",
        "configuration": {
            name: whole[name] for name in ("accounts", "statuses", "media_attachments", "polls")
        },
        "contact_account": None,
        "rules": rules(charter, locale),
        "fedi_aid": fedi_aid(settings, locale),
    }
