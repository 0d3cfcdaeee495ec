"""What things look like to a client: dictionaries with exactly the fields Mastodon's clients require.

Nothing here asks for more than its viewer may know; whoever builds a page loads it with `Look`'s viewer.
Reading order: look (who reads, and the shapes of dates and ids) · account · media · status · notification ·
instance · small.
"""
