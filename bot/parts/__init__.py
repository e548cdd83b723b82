"""The features put together: each part wires one of them up and says what it brings; only the composition root asks."""
