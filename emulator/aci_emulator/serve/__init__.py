"""Processes, sockets and files."""
