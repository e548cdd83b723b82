"""How fast the bot is, each figure beside its peer and its floor from the same run.

``python -m benchmarks`` runs all of them; ``python -m benchmarks.slash_ack`` and so on one. See README.md.
"""
