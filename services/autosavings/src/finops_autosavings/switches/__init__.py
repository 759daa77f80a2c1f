"""Kill switches: of an organization, and of the platform; closed when they cannot be read."""
