"""Line items: the bill's lines themselves, with all that they say and their tags."""
