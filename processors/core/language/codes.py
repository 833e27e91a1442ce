"""Codes of languages: those in use by default, and those that count as one."""

LANGUAGES = frozenset(
    (
        *("am", "ar", "az", "be", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gu"),
        *("he", "hi", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "lt", "lv", "mk"),
        *("ml", "mn", "ms", "my", "nl", "no", "pa", "pl", "pt", "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw"),
        *("ta", "te", "tg", "th", "tk", "tl", "tr", "uk", "ur", "uz", "vi", "zh"),
    )
)
"""Languages that posts are expected in. The models know more; the rest are mostly what noise is taken for."""

_ONE_LANGUAGE = {"sr": ("bs", "hr", "sh"), "no": ("nb", "nn"), "ar": ("ary", "arz"), "zh": ("wuu", "yue")}
_STANDS_FOR = {variant: code for code, variants in _ONE_LANGUAGE.items() for variant in variants}

SISTERS = {"sr": ("bs", "hr")}
"""Languages that no model can tell apart in a post; the key stands for all of them."""


def standard(code: str) -> str:
    """The code under which a model's language is reported: ``sr`` for Serbian, Croatian and Bosnian, ``no`` for both
    kinds of Norwegian.
    """
    return _STANDS_FOR.get(code, code)
