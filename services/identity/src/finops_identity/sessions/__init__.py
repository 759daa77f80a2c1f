"""Sessions: log-in, refresh, log-out, and what is unusual about them."""
