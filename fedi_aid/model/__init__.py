"""PRODUCT's words as frozen structs and pure rules. Imports nothing of ours but `errors`.

Reading order: ids · intimacy · text · control_tags · charter · people · posts · help.
Anybody may import it.
"""
