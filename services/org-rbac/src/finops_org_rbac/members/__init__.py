"""Members: who belongs to a company and its organizations, and in which role."""
