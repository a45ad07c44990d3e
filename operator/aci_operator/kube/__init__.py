"""The Kubernetes side of the ports: the API client, the store, Kopf as informer, Events and the Lease."""
