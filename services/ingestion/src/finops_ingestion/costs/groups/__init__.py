"""Cost groups: whose cost a line is, by an organization's own rules (ING-34)."""
