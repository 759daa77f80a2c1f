"""The bill bridge: why some days cost other than those compared with (ING-35)."""
