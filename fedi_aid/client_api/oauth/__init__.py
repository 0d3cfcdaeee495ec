"""OAuth 2 as Mastodon's clients use it: registering apps, tokens, revoking, metadata.

The pages (`/oauth/authorize`, `/oauth/authorize/native`) belong to web; both stand on actions.access.
"""
