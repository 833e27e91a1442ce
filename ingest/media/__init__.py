"""Files of posts: fetched in the background, kept by their content."""
