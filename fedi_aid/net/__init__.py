"""The only sockets of the project: every byte that leaves for another machine goes through `Net`.

Who may import it: `actions` and everything above. Nothing else imports httpx or aiohttp.

Reading order: `error` (the one exception), `guard` (which addresses may be spoken to, pure, and the resolver
that holds the connection to them), `client` (`Net`: limits, deadlines, redirects), `body` (reading an answer
within its bounds), `slots` (how much at once), `fake` (a fake internet, so that several servers federate in
one process under test).
"""
