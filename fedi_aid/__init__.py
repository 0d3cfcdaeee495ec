"""fedi_aid: a decentralised, ActivityPub-compatible server for mutual aid.

Read `docs/architecture.md` for the map. Imports go down only:
settings, errors < model < storage < work < audience, net, media, bus < actions < butler
< activitypub, client_api, web < app < cli.
"""

__version__ = "0.1.0"
