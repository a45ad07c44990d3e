"""What to do next about one container group: one side effect at a time, each planned from a fresh look."""
