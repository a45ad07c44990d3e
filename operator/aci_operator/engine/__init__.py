"""The loops that observe, let `core` decide, and carry out what it decided, through the ports."""
