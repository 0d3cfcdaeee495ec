"""Pictures: made safe and kept. Used by the layers from actions up; imports Pillow and the file system only.

Reading order: pictures (bytes in, safe bytes out) · store (where they lie).
"""
