"""The API that Mastodon's clients speak, and our own additions under `fedi_aid`; used by the app alone.

Mastodon's words are used here and nowhere below. Reading order: routes (the one table of what exists) · call
(what happens around every handler) · forms · auth · errors · limits · paging · cors · entities/ (what things
look like) · oauth/ · one file per group of endpoints · streaming.
"""
