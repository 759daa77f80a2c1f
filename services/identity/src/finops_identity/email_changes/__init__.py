"""A change of e-mail, which both addresses must confirm."""
