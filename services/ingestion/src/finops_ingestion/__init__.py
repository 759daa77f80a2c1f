"""The ingestion context: where bills come from, what they say, and in which revision.

It reads the bills of every provider, says the same in FOCUS columns, keeps the lines and
announces the hourly sums. `bills` is the part that needs no server: files in, files out.
"""
