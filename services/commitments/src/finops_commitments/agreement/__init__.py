"""How far the simulator agrees with what bills show (COM-12)."""
