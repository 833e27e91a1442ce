"""The file of channels: mistakes are reported with their line, and what people wrote in it stays."""

from pathlib import Path

import pytest

from runtime.errors import ConfigurationError
from runtime.settings.channel_edits import add_channels
from runtime.settings.channel_list import (
    ChannelEntry,
    ChannelFile,
    ChannelFileError,
    parse_entry,
    read_channels,
)


def entry(name: str, **options: object) -> ChannelEntry:
    return ChannelEntry.model_validate({"name": name, **options})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("@wirenews", "@wirenews"),
        ("wirenews", "@wirenews"),
        ("https://t.me/wirenews", "@wirenews"),
        ("https://t.me/s/wirenews/17?before=3", "@wirenews"),
        ("T.me/wirenews", "@wirenews"),
        ("-1001234567890", "1234567890"),
        (" 1234567890 ", "1234567890"),
        ("-1000000000042", "42"),
        ("t.me/c/1234567890/55", "1234567890"),
        ("https://t.me/c/1234567890", "1234567890"),
        ("https://t.me/c/1234567890/7/55?single", "1234567890"),
        ("https://telegram.me/wirenews#top", "@wirenews"),
        ("//t.me/wirenews/", "@wirenews"),
        ("https://wirenews.t.me/17", "@wirenews"),
        ("https://t.me/wirenews?boost", "@wirenews"),
    ],
)
def test_every_spelling_of_a_channel_is_the_same(written: str, name: str) -> None:
    assert parse_entry(written, "here").name == name


@pytest.mark.parametrize("written", ["", "@", "two words", "https://t.me/+AbCdEf", "-5", "0", "@абв", "../etc/passwd"])
def test_what_names_no_channel_is_refused_with_its_place(written: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^list\.txt:3: "):
        parse_entry(written, "list.txt:3")


@pytest.mark.parametrize(
    "path",
    [
        *("addlist/AbCd1234", "share/url?url=x", "share?url=x", "proxy?server=h", "socks?server=h", "addstickers/Pack"),
        *("addemoji/Pack", "login/12345", "setlanguage/de", "contact/abc", "giftcode/abc", "boost?c=1234567890"),
        *("boost/wirenews", "invoice/abc", "nft/abc-1", "m/abc", "addtheme/abc", "confirmphone?phone=1&hash=2"),
        *("iv?url=x", "bg/abc", "Share/url?url=x"),
    ],
)
def test_a_link_of_telegrams_own_is_refused_by_its_name(path: str) -> None:
    name = path.replace("?", "/").split("/")[0]
    for host in ("https://t.me/", "t.me/", "telegram.me/"):
        with pytest.raises(ConfigurationError, match=rf"t\.me/{name} is a link of Telegram's own"):
            parse_entry(host + path, "here")


@pytest.mark.parametrize("written", ["https://t.me/joinchat/AbCdEf", "https://t.me/+AbCdEf", "+AbCdEf"])
def test_an_invitation_is_no_name(written: str) -> None:
    with pytest.raises(ConfigurationError, match="join it with the account, and give the channel's id"):
        parse_entry(written, "here")


@pytest.mark.parametrize(
    "written",
    [
        "9223372036854775808",
        "1000000000000",
        "-1009223372036854775808",
        "-2000000000000",
        "7" * 5000,
        "t.me/1" + "0" * 30,
    ],
)
def test_an_id_that_no_channel_has_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError, match="no channel has such an id: the largest is 999999999999"):
        parse_entry(written, "here")


@pytest.mark.parametrize(("written", "name"), [("999999999999", "999999999999"), ("-1999999999999", "999999999999")])
def test_the_largest_id_is_taken(written: str, name: str) -> None:
    assert parse_entry(written, "here").name == name


@pytest.mark.parametrize(
    "rest", ["", "/", "/0", "/0/5", "/-5/1", "/x/1", "/1000000000000", f"/{'9' * 30}/1", "?single"]
)
def test_a_link_of_a_private_channel_without_a_valid_id_is_an_error(rest: str) -> None:
    with pytest.raises(ConfigurationError, match="holds no valid id"):
        parse_entry(f"https://t.me/c{rest}", "here")


def test_an_id_that_no_channel_has_is_refused_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text('[[channel]]\nname = "9223372036854775808"\n[[channel]]\nname = "t.me/c/0/1"\n')
    with pytest.raises(ConfigurationError) as caught:
        read_channels(path)
    first, second = caught.value.problems
    assert first.startswith(f"{path}:2: channel.name: no channel has such an id")
    assert second.startswith(f"{path}:4: channel.name: t.me/c/0 holds no valid id")


def test_channels_are_appended_and_the_text_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    before = '# my channels\n[[channel]]\nname = "@wirenews"  # the first\n'
    path.write_text(before)
    added = add_channels(path, [entry("@WireNews"), entry("@portwatch", tier="high"), entry("@portwatch")])
    assert [one.name for one in added] == ["@portwatch"]
    assert path.read_text().startswith(before)
    assert read_channels(path) == (entry("@wirenews"), entry("@portwatch", tier="high"))
    assert add_channels(path, [entry("@portwatch")]) == []
    assert [file.name for file in tmp_path.iterdir()] == ["channels.toml"]


def test_the_first_channel_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lists" / "channels.toml"
    add_channels(path, [entry("@wirenews", comments=True)])
    assert read_channels(path) == (entry("@wirenews", comments=True),)


def test_mistakes_are_reported_with_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text('[[channel]]\nname = "@wirenews"\n\n[[channel]]\ntier = "hihg"\nname = "x y"\nnaem = "@a"\n')
    with pytest.raises(ConfigurationError) as caught:
        read_channels(path)
    assert [problem.replace(str(path), "F") for problem in caught.value.problems] == [
        "F:6: channel.name: expected @name, https://t.me/name, or a channel id",
        "F:5: channel.tier: expected 'high', 'normal' or 'low'",
        "F:7: channel.naem: no such field; did you mean channel.name?",
    ]


def test_a_channel_without_a_name_is_reported_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text('[[channel]]\nname = "@wirenews"\n[[channel]]\ntier = "high"\n')
    with pytest.raises(ConfigurationError, match=r":3: channel\.name: missing; it is required"):
        read_channels(path)


def test_a_channel_that_is_named_twice_is_reported_with_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text('[[channel]]\nname = "@wirenews"\n[[channel]]\nname = "t.me/WireNews"\n')
    with pytest.raises(ConfigurationError, match=r":4: channel\.name: @WireNews is already at .*:2$"):
        read_channels(path)


def test_a_list_of_a_thousand_channels_names_its_mistake_at_once(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    rows = [f'[[channel]]\nname = "@channel{number}"\n' for number in range(1000)]
    path.write_text("".join(rows) + '[[channel]]\nname = "?"\n')
    with pytest.raises(ConfigurationError, match=":2002: "):
        read_channels(path)


def test_the_error_of_a_missing_file_explains_how_to_begin_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tgwire channels add"):
        read_channels(tmp_path / "none.toml")


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ChannelFileError, match="cannot be written"):
        add_channels(tmp_path / "file" / "channels.toml", [entry("@wirenews")])


def test_a_changed_file_is_read_again_and_a_wrong_one_is_reported_once(tmp_path: Path) -> None:
    file = ChannelFile(tmp_path / "channels.toml")
    with pytest.raises(ConfigurationError, match="no such file"):
        file.changed()
    assert file.changed() is None
    add_channels(file.path, [entry("@wirenews")])
    assert file.changed() == (entry("@wirenews"),)
    assert file.changed() is None
    file.path.write_text("[[channel]]\n")
    with pytest.raises(ConfigurationError, match="missing; it is required"):
        file.changed()
    assert file.changed() is None
