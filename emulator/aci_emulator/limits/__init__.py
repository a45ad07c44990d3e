"""What Azure lets one do: budgets, buckets, quotas, rights."""
