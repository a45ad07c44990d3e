"""What stands between a client and Azure: tokens, faults, the record."""
