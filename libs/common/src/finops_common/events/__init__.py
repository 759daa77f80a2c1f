"""Facts between services: contracts, outbox, relay, inbox, consumers, dead letters."""
