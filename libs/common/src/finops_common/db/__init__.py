"""PostgreSQL: one engine per process, one visible transaction per use case."""
