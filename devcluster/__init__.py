"""A Kubernetes control plane for development and tests: etcd, kube-apiserver, kube-controller-manager, no nodes."""
