"""How container groups live: entities and their transitions. Pure; the time is an argument."""
