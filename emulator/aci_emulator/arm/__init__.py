"""Azure Resource Manager: paths, and what each request does."""
