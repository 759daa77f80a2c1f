"""How a cloud is reached: credentials, sessions, the customer's stack, the permission check."""
