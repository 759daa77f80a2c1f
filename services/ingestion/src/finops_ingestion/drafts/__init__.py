"""Registering a cloud account step by step, resumed by whoever may register."""
