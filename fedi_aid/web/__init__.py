"""The pages: server-rendered HTML in French and English, usable without scripts. Only `app` imports it.

Reading order: i18n (languages, catalogues in locale/) · pages (what the templates are given) · consent (what
an app asks, in plain words) · render (Jinja2 and the headers every page carries) · templates/ and static/ ·
routes (every address, in one table) · visit (one request: who, which language, every failure a page) · trust
(cookies, tokens of forms, where one may be sent) · limits · shown (model → pages) · the handlers: visitors,
joining, sessions, consenting.

Each template begins with the list of what it expects. People's HTML reaches a template only as `Markup`,
already sanitised; a plain string is always escaped.
"""
