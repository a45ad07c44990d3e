"""The bounded exhaustive model: the real planners in a small world, every order of events, until nothing new comes."""
