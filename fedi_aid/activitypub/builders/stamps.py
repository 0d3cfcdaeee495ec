"""Moments as other servers read them."""

from datetime import UTC, datetime


def stamp(when: datetime) -> str:
    """`2026-03-14T09:00:00Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
