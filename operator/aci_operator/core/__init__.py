"""Decisions without effects: no I/O, no clock, no asyncio. Time comes in as an argument."""
