"""Companies: the customers, and what an Owner says about them."""
