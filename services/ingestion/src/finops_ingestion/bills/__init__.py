"""Bills: any supported cost export to FOCUS line items and hourly cost records, exactly."""
