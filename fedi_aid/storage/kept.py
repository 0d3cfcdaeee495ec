"""What transactions keep for those after them: dear to make, and good for as long as its mark is.

Nothing here is true by itself. Who takes something out compares its mark with what the database says in the
same transaction; a transaction that is undone leaves things here whose marks no other can have.
"""

import threading
from collections import OrderedDict
from typing import Any

AUTHORS = 100  # whose circles are kept; each is some 100 kB


class Kept:
    """The things used last, by their names. Safe between threads."""

    def __init__(self, most: int = AUTHORS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: OrderedDict[Any, Any] = OrderedDict()

    def get(self, name: Any) -> Any:
        """What was kept under this name, or None."""
        with self._lock:
            if name in self._found:
                self._found.move_to_end(name)
            return self._found.get(name)

    def put(self, name: Any, thing: Any) -> None:
        with self._lock:
            self._found[name] = thing
            self._found.move_to_end(name)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
