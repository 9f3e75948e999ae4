"""The live stream: `hub` between the table and the open streams, `door` for who may listen, `reading`, `frames`, `streams`.

`docs/concepts/events.md` tells how an event travels and what is promised.
"""
