"""Messages for people, and the JSON that a terminal gets."""

import io
import json

import pytest

from tgwire.cli.output.console import complain, err, out, progress, write_json

STEERING = "[/red][link=x] \x1b[31m\x9b2J\u202e\u200b\u2028"


def unfit(text: str) -> set[str]:
    return set("\x9b\u202e\u200b\u2028") & set(text)


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain(f"a\ntgwire: all is well {STEERING}")
    (line,) = capsys.readouterr().err.split("\n")[:-1]
    assert line == r"tgwire: a\ntgwire: all is well [/red][link=x] \x1b[31m\x9b2J\u202e\u200b\u2028"


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> io.StringIO:
    """Make stderr a terminal; what it gets."""
    stream = io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(err, "_file", stream)
    monkeypatch.setattr(err, "_width", width)
    monkeypatch.setattr(err, "_force_terminal", True)
    monkeypatch.setattr(err, "is_interactive", True)
    monkeypatch.setattr(err, "_color_system", None)
    return stream


@pytest.mark.parametrize(("total", "shown"), [(2_400_000_000, "1.1/2.4 GB"), (None, "1.1/? GB")])
def test_progress_in_bytes_fits_a_narrow_terminal(
    total: int | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = terminal(monkeypatch, 80)
    with progress(is_in_bytes=True) as bar:
        task = bar.add_task("replay", total=total, note="234,567 posts, 15,123/s, 12 rejected")
        bar.update(task, completed=1_100_000_000)
        bar.refresh()
    time_left = "" if total is None else "-:--:--"
    assert f"{shown} 234,567 posts, 15,123/s, 12 rejected left {time_left}" in stream.getvalue()


def test_a_note_beside_a_progress_bar_is_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch, 200)
    with progress() as bar:
        bar.add_task(f"verify {STEERING}", total=1, note=STEERING)
        bar.refresh()
    shown = stream.getvalue()
    assert shown.count("[/red][link=x] \\x1b[31m\\x9b2J\\u202e") >= 2
    assert not unfit(shown)


def test_json_on_a_terminal_holds_the_same_in_escapes(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_json({"text": STEERING})
    monkeypatch.setattr(out, "_force_terminal", True)
    write_json({"text": STEERING})
    piped, shown = capsysbinary.readouterr().out.decode().rstrip("\n").split("\n")
    assert json.loads(piped) == json.loads(shown) == {"text": STEERING}
    assert unfit(piped)
    assert not unfit(shown)


def test_json_is_written_whatever_a_file_is_called(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write_json({"file": "\udcff.txt", "others": ["\udcfe"]})
    assert json.loads(capsysbinary.readouterr().out) == {"file": r"\xff.txt", "others": [r"\xfe"]}
