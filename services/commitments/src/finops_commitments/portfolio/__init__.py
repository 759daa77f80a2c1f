"""The joint portfolio: what to buy of all commitments together, and how far from optimal (COM-41)."""
