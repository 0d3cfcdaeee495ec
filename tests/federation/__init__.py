"""Server to server, over a fake internet: real instances and hand-made peers in one process."""
