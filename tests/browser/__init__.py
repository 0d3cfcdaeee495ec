"""The pages in a real browser: gestures, keys, screen sizes, and what scripts add."""
