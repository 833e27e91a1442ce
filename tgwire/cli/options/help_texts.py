"""Docstrings as help: they were broken for a width of their own."""

from inspect import cleandoc


def laid_out(docstring: str) -> str:
    """Each paragraph in one line, so that it fills a terminal of any width; each example in a line of its own."""
    return "\n\n".join(map(_paragraph, cleandoc(docstring).split("\n\n")))


def _paragraph(lines: str) -> str:
    text = " ".join(lines.split())
    head, _, examples = text.partition(": ")
    if head not in ("Example", "Examples"):
        return text
    return "\n".join((f"{head}:", *(f"  {example}" for example in examples.split("; "))))
