"""Inventory, utilization, coverage and recommendations as CSV and XLSX."""
