"""Single-use links that mails carry: made, superseded, opened once."""
