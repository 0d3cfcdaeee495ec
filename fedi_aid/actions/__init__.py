"""What a person can do, one transaction each: sync functions that store, tell and enqueue together.

Reading order: instance · access · registration · people · ties · audiences · posts · placing · editing ·
erasing · reactions · receiving · help · carry.
Imported by butler and the wire layers; knows nothing of any wire format.
"""
