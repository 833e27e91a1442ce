"""What reading pages costs: ``python -m benchmarks.html_pages [MEGABYTES]``.

Posts/s are of CPU time, memory is the highest resident size of a process of its own for each row.
"""

import argparse
import base64
import html
import io
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.generator import generate
from ingest.sources import ReadOptions, open_sources
from schemas import RawPost

_POSTS = 3_000
_DESKTOP_HEAD = (
    "<!DOCTYPE html>\n<html>\n\n <head>\n\n  <title>Exported Data</title>\n </head>\n\n <body>\n\n"
    '  <div class="page_wrap">\n\n   <div class="page_header">\n\n    <div class="content">\n\n'
    '     <div class="text bold">\nWire News \n     </div>\n\n    </div>\n\n   </div>\n\n'
    '   <div class="page_body chat_page">\n\n    <div class="history">\n'
)
_DESKTOP_MESSAGE = (
    '\n     <div class="message default clearfix joined" id="message{id}">\n\n      <div class="body">\n\n'
    '       <div class="pull_right date details" title="14.01.2022 20:02:17 UTC+03:00">\n20:02\n       </div>\n\n'
    '       <div class="text">\n{text}<br><br><strong>More</strong> <a href="https://example.org/{id}">here</a>\n'
    "       </div>\n\n      </div>\n\n     </div>\n"
)
_DESKTOP_TAIL = "\n    </div>\n\n   </div>\n\n  </div>\n\n </body>\n\n</html>"
_PREVIEW_HEAD = '<!DOCTYPE html>\n<html><head></head><body><main><section class="tgme_channel_history">\n'
_PREVIEW_MESSAGE = (
    '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message '
    'text_not_supported_wrap js-widget_message" data-post="wirenews/{id}" data-view="{view}">\n'
    '  <div class="tgme_widget_message_user"><a href="https://t.me/wirenews"><i class="bgcolor2"></i></a></div>\n'
    '  <div class="tgme_widget_message_bubble">\n    <div class="tgme_widget_message_author accent_color">'
    '<a class="tgme_widget_message_owner_name" href="https://t.me/wirenews"><span dir="auto">Wire News</span></a></div>'
    '\n<div class="tgme_widget_message_text js-message_text" dir="auto">{text}<br/><br/><b>More</b> '
    '<a href="https://example.org/{id}" target="_blank">here</a></div>\n'
    '<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short">'
    '<span class="tgme_widget_message_views">12.3K</span><span class="tgme_widget_message_meta">'
    '<a class="tgme_widget_message_date" href="https://t.me/wirenews/{id}">'
    '<time datetime="2022-01-14T17:02:17+00:00" class="time">17:02</time></a></span></div></div></div></div></div>\n'
)
_PREVIEW_TAIL = "</section></main></body></html>"
_VIEW = base64.urlsafe_b64encode(b'{"c":-1088459257,"p":1,"t":1642180000,"h":"ab"}').decode().rstrip("=")


def _desktop(posts: list[RawPost], size: int) -> Iterator[str]:
    return _page(posts, size, (_DESKTOP_HEAD, _DESKTOP_MESSAGE, _DESKTOP_TAIL))


def _preview(posts: list[RawPost], size: int) -> Iterator[str]:
    return _page(posts, size, (_PREVIEW_HEAD, _PREVIEW_MESSAGE, _PREVIEW_TAIL))


def _page(posts: list[RawPost], size: int, layout: tuple[str, str, str]) -> Iterator[str]:
    head, message, tail = layout
    yield head
    written = number = 0
    while written < size:
        text = html.escape(posts[number % len(posts)].text).replace("\n", "<br>")
        number += 1
        block = message.format(id=number, text=text, view=_VIEW)
        written += len(block.encode())
        yield block
    yield tail


PAGES: dict[str, Callable[[list[RawPost], int], Iterator[str]]] = {
    "Telegram Desktop (HTML)": _desktop,
    "saved t.me/s page": _preview,
}


def measure(path: Path) -> None:
    """Read a file, and print what it took; runs in a process of its own."""
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    began = time.process_time()
    count = sum(isinstance(item.entry, RawPost) for item in source.read())
    used_s = time.process_time() - began
    sys.stdout.write(f"{count} {used_s} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


def main() -> None:
    """Measure each kind of page as one file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.html_pages", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("megabytes", type=int, nargs="?", default=50, help="size of each file (%(default)s)")
    size = parser.parse_args().megabytes * 1_000_000
    posts = list(generate(_POSTS, 1))
    sys.stdout.write(f"{'what':34}{'MB/s':>8}{'posts/s':>10}{'MB resident':>13}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "messages.html")
        for title, write in PAGES.items():
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.writelines(write(posts, size))
            command = [sys.executable, "-m", "benchmarks.html_pages", "file", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            count, used_s, resident = done.stdout.split()
            rate, megabytes = int(count) / float(used_s), path.stat().st_size / float(used_s) / 1e6
            sys.stdout.write(f"{title:34}{megabytes:8.1f}{rate:10,.0f}{int(resident) / 1024:13.0f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(Path(sys.argv[2]))
    else:
        main()
