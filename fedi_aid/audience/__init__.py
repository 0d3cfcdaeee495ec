"""Who sees it: the engine that chooses the audience, because there is no address field.

Imported by actions, butler and what is above them; `engine`, `scores` and `explain` are pure: no clock, no
chance, no database of their own. Loading candidates is somebody else's work, keeping promises is everybody's.

Reading order: scores (the formulas) · explain (what a reader may be told) · engine (the choice) ·
promises (what no choice may break).
"""
