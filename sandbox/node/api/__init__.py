"""The kubelet's own server, which the apiserver asks for `kubectl exec` and `kubectl logs`."""
