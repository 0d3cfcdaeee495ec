"""The butler keeps a request moving, softly, person by person, wave by wave, until the flag comes down.

Reading order: waves and fairness (what happens next, pure) · requests (one look at one request) · asking and
asked (putting it to people, and being one of them) · phrases and commands (what it understands, pure) ·
answers (who obeys what: meant, yes_and_no, own_requests, wishes, …) · words and letters (what it says) ·
speak (how it writes to one person) · cards (what it says unasked) · story (what became of a request) ·
handlers (the jobs). It decides in pure functions; what it writes is read by one person only and never
federates. Imported by app, cli and the wires; the wires wake it through jobs.
"""
