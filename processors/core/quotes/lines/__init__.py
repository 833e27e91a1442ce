"""Lines, sentences, words and quotation marks of a post."""
