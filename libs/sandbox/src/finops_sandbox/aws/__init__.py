"""The simulated AWS: one endpoint for every service the product calls.

Answers come from the simulated worlds; S3 objects live in moto behind the same front.
Requests and answers follow the service models that botocore ships.
"""
