"""Azure's budgets of creates and deletes: how many can be sent, and whose turn it is."""
