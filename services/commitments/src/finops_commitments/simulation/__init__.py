"""How commitments of AWS, Azure and Google Cloud apply to hourly usage."""
