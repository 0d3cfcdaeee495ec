"""Doubles of other people's software, for tests: what each demands, accepts, shows to whom, and says.

Small ASGI apps on the fake internet. They know nothing of fedi_aid: signatures are made and checked by code
of their own (`signatures`, `messages`), notes are judged by the rules of the software they stand for, and
`places` answers "who sees this, where". Reading order: held, signatures, messages, resident, double, then one
file for each software (`software` lists them), and `neighbourhood`.
"""
