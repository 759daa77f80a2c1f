"""Subscriptions: which edition a company has, in which state, since when."""
