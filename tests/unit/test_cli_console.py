from tgwire.cli.console import printable


def test_foreign_text_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\x07\x9b\nc\td") == "a\\x1b[2Jb\\x07\\x9b\nc\td"
