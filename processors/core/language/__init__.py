"""Language of a post: of the whole, of its parts, and how sure that is. See docs/language.md."""

from processors.core.language.codes import LANGUAGES
from processors.core.language.detector import LanguageDetector

__all__ = ["LANGUAGES", "LanguageDetector"]
