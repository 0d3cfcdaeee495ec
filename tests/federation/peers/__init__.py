"""Doubles of other people's software, for tests: what each demands, accepts, and shows to whom.

Small ASGI apps on the fake internet. They know nothing of fedi_aid: signatures are made and checked by code
of their own (`signatures`), notes are judged by the rules of the software they stand for (`software`), and
`places` answers "who sees this, where". Reading order: signatures, double, software.
"""
