"""The small drawings of the frame: strokes in the colour of the text, hidden from screen readers."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

# name → the paths of a 24 × 24 drawing
DRAWINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "today": (
        "M4 18h16",
        "M6.5 18a5.5 5.5 0 0 1 11 0",
        "M12 5v3.5",
        "M4.9 9.4l1.9 1.9",
        "M19.1 9.4l-1.9 1.9",
    ),
    "help": ("M7 3.5v17", "M7 5c4.5-1.6 7.5 1.6 12.5 3.2C14.500 10 11.500 13 7 11.500"),
    "write": ("M5 19l1.200-4.600L16.300 4.300l3.400 3.400L9.600 17.800z", "M13.500 7.100l3.400 3.400"),
    "map": (
        "M12 12m-2.400 0a2.400 2.400 0 1 0 4.800 0a2.400 2.400 0 1 0-4.800 0",
        "M5 6h.01M18.500 5h.01M19.500 16.500h.01M6 19h.01",
        "M6.200 7.200l3.700 3.100M17.400 6.300l-3.500 4M17.900 15.600l-3.700-2.300M7.100 17.900l3.300-4",
    ),
    "projects": ("M5 4.500h11.500a2 2 0 0 1 2 2v13H7a2 2 0 0 1-2-2z", "M9 9h5.500M9 12.500h5.500"),
    "people": (
        "M9 11.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z",
        "M3 19.500c.5-3.600 2.700-5.500 6-5.500s5.500 1.900 6 5.500",
        "M15.500 5.600a3 3 0 0 1 0 5.600M17.300 14.600c2 .7 3.300 2.400 3.700 4.900",
    ),
    "messages": ("M4 5.500h16v11H10l-4.500 3.500v-3.500H4z",),
    "me": (
        "M12 12.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
        "M4.500 20c.7-3.700 3.400-5.500 7.500-5.500s6.800 1.800 7.500 5.500",
    ),
    "moderation": ("M12 4v16M8 20h8M5 8h14", "M5 8l-2.500 6h5zM19 8l-2.500 6h5z"),
    "admin": ("M4 5h16v5H4zM4 14h16v5H4z", "M7.500 7.500h.01M7.500 16.500h.01"),
}


def icon(name: str) -> Markup:
    """An inline drawing. KeyError for a name that is not in the table."""
    strokes = "".join(f'<path d="{path}"/>' for path in DRAWINGS[name])
    return Markup(  # noqa: S704 - literals of this file
        f'<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">{strokes}</svg>'
    )
