"""The documents that are made from the code, made once for all tests of a process: that takes a second."""

from functools import cache

from tgwire.generate import documents

made_once = cache(documents)
