"""Everything that speaks AWS and is no feature of its own."""
