"""The Kubernetes manifests of deploy/k8s/base, made from one small table and the route table."""
