"""What buying policies would have saved: on the shipped demand, and on an organization's own."""
