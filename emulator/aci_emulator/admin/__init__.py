"""The admin API and its clients."""
