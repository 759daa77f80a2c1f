"""Actions: the vocabulary of what an entry can say."""
