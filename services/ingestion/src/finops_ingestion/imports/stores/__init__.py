"""The places bills are delivered to, read alike whatever the cloud (ING-10)."""
