"""Layout of a post: headline, headings, paragraphs, lists and labelled sections."""
