"""Which pieces of a post are items of a list: a linear-chain model over facts of layout and attribution."""
