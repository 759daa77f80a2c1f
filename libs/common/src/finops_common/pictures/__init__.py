"""Pictures of exact amounts as SVG and PNG. Needs the extra `pictures`."""
