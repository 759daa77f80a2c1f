"""Access: what a person may do in an organization or company, decided and explained alike."""
