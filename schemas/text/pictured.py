"""Letters in boxes and of flags: emoji where one stands alone or flags are meant, letters where they spell words."""

import re

_REGIONAL, _BOXED, _ROUND = 0x1F1E6, 0x1F170, 0x1F150
PICTURED: dict[int, str] = {
    first + place: chr(ord("A") + place) for first in (_REGIONAL, _BOXED, _ROUND) for place in range(26)
}
"""Regional indicators, white letters on squares and on circles, as capitals."""

_GLUE = "\u200c\u200d\ufe0e\ufe0f"
PICTURED_RUN = re.compile(
    f"[\U0001f1e6-\U0001f1ff](?:[{_GLUE}]*[\U0001f1e6-\U0001f1ff])+"
    f"|[\U0001f150-\U0001f169\U0001f170-\U0001f189](?:[{_GLUE}]*[\U0001f150-\U0001f169\U0001f170-\U0001f189])+"
)
"""Neighbours, for :func:`spelled`."""
_NO_GLUE = dict.fromkeys(map(ord, _GLUE))
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


def spelled(run: str) -> str:
    """What neighbouring pictured letters spell, of equal length; flags as they are."""
    if ord(run[0]) >= _REGIONAL:
        letters = run.translate(PICTURED | _NO_GLUE)
        flags = {letters[place : place + 2] for place in range(0, len(letters), 2)}
        if flags <= _REGIONS:
            return run
    return run.translate(PICTURED)
