"""The steps of ``batchbot setup``: each reads first, writes what is missing, and says which it did; nothing is deleted."""
