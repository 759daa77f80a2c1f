"""Search: what of the bills is called so."""
