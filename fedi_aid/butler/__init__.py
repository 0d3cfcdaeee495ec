"""The butler keeps a request moving, softly, person by person, wave by wave, until the flag comes down.

Reading order: commands (what it understands) · letters (what it says) · waves (what it does next, pure) ·
speak (how it writes to one person) · answers (obeying a command) · requests (waves, news, thanks) ·
handlers (the jobs). It decides in pure functions; what it writes is read by one person only and never
federates. Imported by app and cli; the wire layers wake it through jobs.
"""
