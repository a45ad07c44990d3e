"""Everything that lasts between two requests."""
