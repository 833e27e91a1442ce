"""Ids of outlets that a release has published: records carry them, so that none may go or change."""

from pathlib import Path

from processors.core.quotes.registry_files import load_registry, package_outlets

PUBLISHED = (Path(__file__).parent / "published_outlet_ids.txt").read_text("utf-8").split()
"""The list only grows. An outlet that takes another id names the old one in ``former``."""


def test_every_published_id_still_leads_to_an_outlet() -> None:
    registry = load_registry()
    assert [outlet_id for outlet_id in PUBLISHED if registry.outlet(outlet_id) is None] == []


def test_every_id_of_the_registry_is_in_the_list_of_published_ones() -> None:
    assert sorted({entry.id for entry in package_outlets()}.difference(PUBLISHED)) == []


def test_the_list_is_sorted_and_without_repetition() -> None:
    assert sorted(set(PUBLISHED)) == PUBLISHED
