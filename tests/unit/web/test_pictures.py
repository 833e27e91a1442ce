"""Pictures of posts: those that were stored, out of that folder, and nothing else of it."""

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ingest.media.folder import MediaFolder
from schemas import Media, MediaKind
from tests.support.pages import desk
from tests.support.pages.served import client_of, filled, pages_over
from web.serving import pictures as stored
from web.serving.pictures import Pictures

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ALBUM = f"/post/tg:{desk.PASSAGE.id}:112"
"""Four photos, with the media ids p0 to p3."""


def store_file(
    folder: Path, media_id: str, content: bytes, mime_type: str | None = "image/png", extension: str = "png"
) -> str:
    """A file as ``collect --media`` stores it; its name."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / sha256[:2] / f"{sha256}.{extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with (folder / "index.jsonl").open("a") as index:
        index.write(
            json.dumps({"media_id": media_id, "post": "tg:1:1", "sha256": sha256, "mime_type": mime_type}) + "\n"
        )
    return path.name


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "tgwire.db"
    filled(path).close()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def client(store: Path, folder: Path) -> Iterator[TestClient]:
    pages = pages_over(store)
    pages.pictures = Pictures(folder)
    with client_of(pages) as client:
        yield client


def test_a_post_shows_the_pictures_that_are_stored(client: TestClient, folder: Path) -> None:
    assert "<img" not in client.get(ALBUM).text  # the folder is not there yet
    name = store_file(folder, "p2", PNG)
    page = client.get(ALBUM).text
    assert f'<img src="/media/{name}" alt="Photo 1 of 1 picture of this post" loading="lazy"' in page
    answer = client.get(f"/media/{name}")
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "immutable" in answer.headers["cache-control"]
    earlier = store_file(folder, "p1", b"GIF89a", "image/gif", "gif")
    page = client.get(ALBUM).text
    assert page.index(earlier) < page.index(name)
    assert client.get(f"/media/{earlier}").headers["content-type"] == "image/gif"


def test_a_file_that_was_deleted_or_is_no_picture_is_not_shown(client: TestClient, folder: Path) -> None:
    name = store_file(folder, "p1", PNG)
    store_file(folder, "p2", b"<svg onload='alert(1)'/>", "image/svg+xml", "bin")
    (folder / name[:2] / name).unlink()
    assert "<img" not in client.get(ALBUM).text
    assert client.get(f"/media/{name}").status_code == 404


def test_nothing_else_of_the_folder_is_served(client: TestClient, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    video = store_file(folder, "v", b"video", "video/mp4", "mp4")
    name = "ab" + "0" * 62 + ".png"
    (folder / "ab").mkdir()
    (folder / "ab" / name).symlink_to(tmp_path / "secret.png")
    outside = "cd" + "0" * 62 + ".png"
    (tmp_path / "cd").mkdir()
    (tmp_path / "cd" / outside).write_bytes(b"secret")
    (folder / "cd").symlink_to(tmp_path / "cd")
    pipe = "ef" + "0" * 62 + ".png"
    (folder / "ef").mkdir()
    os.mkfifo(folder / "ef" / pipe)
    for asked in (video, name, outside, pipe, "index.jsonl", "..%2fsecret.png", "%2e%2e/secret.png", "", name.upper(),
                  f"{name}%00", f"{name}%0a", "ab/" + name, ".lock"):  # fmt: skip
        answer = client.get(f"/media/{asked}")
        assert answer.status_code == 404, asked
        assert b"secret" not in answer.content


def test_pages_without_a_folder_show_none(store: Path) -> None:
    with client_of(pages_over(store)) as client:
        assert "<img" not in client.get(ALBUM).text
        assert client.get("/media/" + "0" * 64 + ".png").status_code == 404


def test_lines_that_are_cut_or_foreign_are_passed_over_and_read_once_whole(folder: Path) -> None:
    first = store_file(folder, "a", PNG)
    index = folder / "index.jsonl"
    with index.open("a") as lines:
        lines.write('not json\n[]\n{"media_id": 7, "sha256": "x", "mime_type": 5}\n{"media_id": "b", "sha')
    pictures = Pictures(folder)
    assert pictures.names(["a", "b", "7"]) == {"a": first}
    sha256 = first.removesuffix(".png")
    with index.open("a") as lines:
        lines.write(f'256": "{sha256}", "mime_type": "IMAGE/PNG"}}\n')
    assert pictures.names(["a", "b"]) == {"a": first, "b": first}
    index.write_text("")  # begun again
    assert pictures.names(["a", "b"]) == {}


def test_many_pictures_are_found_by_their_ids(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_MOST_NEW", 5)
    names = {f"id {number}": store_file(folder, f"id {number}", b"%d" % number) for number in range(60)}
    pictures = Pictures(folder)
    assert pictures.names([*names, "id 60"]) == names
    names["id 60"] = store_file(folder, "id 60", b"60")
    assert pictures.names(names) == names


def test_a_folder_that_cannot_be_read_costs_the_pictures_alone(client: TestClient, folder: Path) -> None:
    (folder / "index.jsonl").mkdir(parents=True)
    page = client.get(ALBUM)
    assert page.status_code == 200
    assert "<img" not in page.text


def test_a_file_that_the_collector_stored_is_found(folder: Path) -> None:
    async def chunks(_: int) -> AsyncGenerator[bytes, None]:
        yield PNG

    collector = MediaFolder(folder, 1_000)
    photo = Media(kind=MediaKind.PHOTO, id="5368324170671202286", mime_type="image/jpeg")
    asyncio.run(collector.put(photo, "tg:1:1", chunks))
    collector.close()
    pictures = Pictures(folder)
    (name,) = pictures.names(["5368324170671202286"]).values()
    path = pictures.path(name)
    assert path is not None
    assert path.read_bytes() == PNG
