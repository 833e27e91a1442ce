"""Letters that are emoji as well: flags where regional letters name countries, letters where they spell words."""

import re

_REGIONAL, _BOXED = 0x1F1E6, 0x1F170
_EMOJI = "ABOP"
"""White letters on squares that are emoji: blood groups and parking."""
PICTURED: dict[int, str] = {_REGIONAL + place: chr(ord("A") + place) for place in range(26)} | {
    _BOXED + ord(letter) - ord("A"): letter for letter in _EMOJI
}
"""Regional letters and those emoji, as capitals."""

_GLUE = "\u200c\u200d\ufe0e\ufe0f"
_BOX = "[\U0001f170-\U0001f189]"
# One set of characters first: a pattern that starts with a choice is tried at every character.
PICTURED_RUN = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f170-\U0001f189](?:"
    f"(?<=[\U0001f1e6-\U0001f1ff])(?:(?:[{_GLUE}]* ?[\U0001f1e6-\U0001f1ff])+|(?<=\\w.)|(?=\\w))"
    f"|(?<={_BOX})(?:[{_GLUE}]* ?{_BOX})+"
    "|(?<=[\U0001f170\U0001f171\U0001f17e\U0001f17f])(?:(?<=\\w.)(?!\ufe0f)|(?=\\w)))"
)
"""What may spell words, for :func:`spelled`: regional letters beside others, and one of either kind beside a letter."""
_REGIONS = frozenset(
    re.findall(
        "..",
        "ACADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCPCRCU"
        "CVCWCXCYCZDEDGDJDKDMDODZEAECEEEGEHERESETEUFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIC"
        "IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMT"
        "MUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSO"
        "SRSSSTSVSXSYSZTATCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUNUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW",
    )
)
"""Codes that have a flag (Unicode's emoji sequences)."""


def _flag_of(first: str) -> str:
    """A pattern for the flags of the countries that begin with a letter."""
    seconds = (chr(_REGIONAL + ord(code[1]) - ord("A")) for code in sorted(_REGIONS) if code[0] == first)
    return f"{chr(_REGIONAL + ord(first) - ord('A'))}[{_GLUE}]*+[{''.join(seconds)}]"


_FLAGS = re.compile(f"(?:(?:{'|'.join(map(_flag_of, sorted({code[0] for code in _REGIONS})))})[{_GLUE}]*+ ?)++")


def spelled(run: str) -> str:
    """What pictured letters spell, of equal length; flags as they are."""
    return run if _FLAGS.fullmatch(run) else run.translate(PICTURED)
