"""Pushing events to other systems, by the rules of Standard Webhooks 1.0.

`addresses` says where we send at all, `sending` sends once, `deliveries` is what the tables remember, `delivering` goes on
until nothing is due. `docs/concepts/events.md` tells what is promised, `docs/howto/receive-webhooks.md` how to receive.
"""
