"""The outside world of connections: AWS through aioboto3, and a look at an account."""
