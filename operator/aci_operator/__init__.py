"""A Kubernetes operator that runs services on Azure Container Instances."""
