"""Folders of FOCUS files in customers' buckets, read as billing sources (ING-10)."""
