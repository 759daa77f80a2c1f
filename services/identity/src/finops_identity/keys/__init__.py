"""Signing keys: made, published before they sign, retired after their last token."""
