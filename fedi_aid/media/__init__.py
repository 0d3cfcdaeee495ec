"""Pictures: made safe, kept, and found by addresses that open for one reader. No SQL, no network.

Used by the layers from actions up. Reading order: picture (what is made) · workshop (asks a child process) ·
child and pictures (what runs there, and nowhere else) · store (where files lie) · cache (copies of files of
other servers) · addresses (who may fetch what, and until when).
"""
