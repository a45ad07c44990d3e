"""The Azure side of the ports: the ARM client, credentials and the classes of its errors."""
