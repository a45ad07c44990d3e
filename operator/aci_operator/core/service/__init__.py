"""What to do next about one service: a chain of small policies over its container groups."""
