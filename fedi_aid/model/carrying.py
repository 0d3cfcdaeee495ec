"""What carrying may cost whom (FEDERATION_EXTENSION §4, budgets): each server keeps to it by itself."""

from datetime import timedelta
from typing import Final

DAY: Final = timedelta(days=1)

# The author's server
LEASE: Final = timedelta(hours=72)
RENEW_BEFORE: Final = timedelta(hours=24)
RENEWED_AT_REST: Final = timedelta(days=30)  # RULES R18: then a request that sleeps hides elsewhere

# Whoever asks, carries or is shown: requests of one author that are up for being carried; tickets of one
# request
OPEN_OF_ONE_AUTHOR: Final = 3
TICKETS_OF_ONE: Final = 60

# One carrier, in a day: requests, and people
CARRIES_A_DAY: Final = 2
PEOPLE_A_DAY: Final = 10
JITTER_MINUTES: Final = (1, 30)

# One reader: requests in a day; showings of one request, by however many carriers
SHOWN_A_DAY: Final = 1
SHOWINGS_OF_ONE: Final = 2
