"""The lake: each organization's line items as Iceberg tables, for engines other than ours.

PostgreSQL's revision rows are the truth; the tables follow them. `line_items` holds the
files of every revision that stands, `tags` what their `tag_set_id` means: one row per set, key
and value, for each billing source that uses the set, so tables are joined by `IN`, not by
`JOIN`. Readers take the tables from the catalog, never from a folder's newest file: a commit
that another has overtaken leaves its metadata behind for a day. `billing_period` is the
tables' partition and stands in no file; pyiceberg's scans must select it to filter by it.
"""
