"""The Kubernetes API: kubeconfig, HTTP connection, kubectl."""
