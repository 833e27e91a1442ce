"""Posts made at random, with all that queries ask for: in a store, and as the plain oracle sees them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from zlib import crc32

import orjson

from schemas.keys import post_key
from schemas.query.searched_post import SearchedPost, StoryMember
from schemas.query.tokens import post_tokens, tokens
from schemas.query.tree import PostPart, PostProperty
from schemas.times import DAY_MS
from sinks.store.compression import RecordCodec
from sinks.store.database import Database

NOW_MS = 1_796_000_000_000
_SPAN_MS = 30 * DAY_MS
LANGUAGES = ("ru", "en", "uk", "fa", "zh", "und")
CHANNELS = {number: (f"wire{number % 7}", f"old_{number}") for number in range(1_000, 1_012)}
"""Public name now and before; some channels had the name of another."""
OUTLETS = {
    "bbc": "BBC",
    "financial-times": "Financial Times",
    "le-monde": "Le Monde",
    "name:новая волна": "Новая Волна",
    "?kyiv post": "Kyiv Post",
}
QUOTE_KINDS = ("headline", "direct", "indirect", "mixed")
CITATION_KINDS = ("report", "quote", "interview", "headline", "credit")
_SENTENCES = (
    "the bridge collapsed near harbour after storm said minister today three people hurt",
    "мост обрушился рядом с портом после шторма сообщил министр сегодня Ёлка ёлки пʼять об'єкт",
    "پل فرو ریخت كتاب کتاب می\u200cرود نمی\u200cرود وزير وزیر",
)
_WORDS = (
    *(word for sentence in _SENTENCES for word in sentence.split()),
    *("北京", "中国人", "ไทยกินข้าว", "मुंबई", "हिन्दी", "한국어", "café", "cafe\u0301", "Straße", "İstanbul", "𐐀𐐨𐑄"),
    *("3.5-4%", "10:30", "№5", "½", "x²", "#tag_a", "@user_1", "https://t.me/a?b=c", "don't", "don’t", "co\u00adop"),
    *("\u0301", "\x00", "(", '"', "*", "'", "—", "|", "&", "!", "<->", ":*", "\\", "😀", "👨‍👩‍👧", "\n"),
)


@dataclass
class Post:
    """A post of the test, and what is known of it."""

    channel_id: int
    message_id: int
    posted_ms: int
    text: str
    language: str
    is_dated: bool = True
    edited_ms: int | None = None
    edits: int = 0
    deleted_ms: int | None = None
    forward_channel_id: int | None = None
    media: int = 0
    links: int = 0
    quotes: list[tuple[str, str]] = field(default_factory=list)
    """Outlet id and kind."""
    citations: list[tuple[str, str]] = field(default_factory=list)
    target: str | None = None
    cluster: int | None = None
    id: int = 0

    @property
    def key(self) -> str:
        """Key of the post."""
        return post_key(self.channel_id, self.message_id)


def texts(random: Random, count: int) -> list[str]:
    """Short texts whose words repeat, some of them very long."""
    found = [" ".join(random.choices(_WORDS, k=random.randint(0, 12))) for _ in range(count - 2)]
    return [*found, "again " * 300 + "end", "的" * 260 + "国"]


def posts_of(random: Random, bodies: Sequence[str]) -> list[Post]:
    """A post for each text, some of them of the same second, a third of them in stories."""
    posts = [_post(random, number, text) for number, text in enumerate(bodies, 1)]
    taken: set[int] = set()
    for post in posts:
        second = post.posted_ms // 1000 << 22
        slot = crc32(post.key.encode()) % (1 << 22)
        while second | slot in taken:
            slot += 1
        post.id = second | slot
        taken.add(post.id)
    _spread_stories(random, posts)
    return posts


def _post(random: Random, number: int, text: str) -> Post:
    edited_ms = NOW_MS if random.random() < 0.1 else None
    return Post(
        channel_id=random.choice(list(CHANNELS)),
        message_id=number,
        posted_ms=NOW_MS
        - (random.randrange(_SPAN_MS) // 60_000 * 60_000 if random.random() < 0.5 else random.randrange(_SPAN_MS)),
        text=text,
        language=random.choice(LANGUAGES),
        is_dated=random.random() > 0.05,
        edited_ms=edited_ms,
        edits=int(edited_ms is None and random.random() < 0.1),
        deleted_ms=NOW_MS if random.random() < 0.1 else None,
        forward_channel_id=77 if random.random() < 0.1 else None,
        media=random.choice((0, 0, 1, 3)),
        links=random.choice((0, 0, 2)),
        quotes=_mentions(random, QUOTE_KINDS),
        citations=_mentions(random, CITATION_KINDS),
    )


def _mentions(random: Random, kinds: Sequence[str]) -> list[tuple[str, str]]:
    return [(random.choice(list(OUTLETS)), random.choice(kinds)) for _ in range(random.choice((0, 0, 0, 1, 3)))]


def _spread_stories(random: Random, posts: Sequence[Post]) -> None:
    members = random.sample(posts, len(posts) // 3)
    cluster = 0
    while members:
        cluster += 1
        story = [members.pop() for _ in range(min(len(members), random.choice((2, 2, 2, 3, 5, 9))))]
        has_root = len(story) > 1 and random.random() < 0.7
        root = story[0].key if has_root else post_key(999, cluster)
        for at, post in enumerate(story):
            post.cluster = cluster
            if not (has_root and at == 0):
                post.target = root if random.random() < 0.7 or at == 0 else story[at - 1].key


class Corpus:
    """Posts in both forms."""

    def __init__(self, posts: Sequence[Post]) -> None:
        self.posts = posts
        self.stories: dict[int, list[Post]] = {}
        for post in posts:
            if post.cluster is not None:
                self.stories.setdefault(post.cluster, []).append(post)
        self.oracle = {post.id: self._searched(post) for post in posts}

    def _searched(self, post: Post) -> SearchedPost:
        story = [each for each in self.stories.get(post.cluster or 0, ()) if each.deleted_ms is None]
        return SearchedPost(
            tokens=tokens(post.text),
            language=post.language,
            channel_id=post.channel_id,
            posted_ms=post.posted_ms,
            channel_names=frozenset(CHANNELS[post.channel_id]),
            states=frozenset(self._states(post, story)),
            parts=frozenset(_parts(post)),
            outlets=frozenset(
                tuple(tokens(name)) for outlet, _ in post.quotes + post.citations for name in (outlet, OUTLETS[outlet])
            ),
            quote_kinds=frozenset(kind for _, kind in post.quotes),
            citation_kinds=frozenset(kind for _, kind in post.citations),
            story=[StoryMember(each.channel_id, each.language, each.posted_ms) for each in story],
        )

    def _states(self, post: Post, story: Sequence[Post]) -> Iterator[PostProperty]:
        earliest = min(
            story, key=lambda each: (not each.is_dated, each.is_dated and each.posted_ms, each.key), default=None
        )
        if post.target is None or post is earliest:
            yield PostProperty.FIRST
        if post.target is not None:
            yield PostProperty.COPY
        if post.edits or post.edited_ms is not None:
            yield PostProperty.EDITED
        if post.deleted_ms is not None:
            yield PostProperty.DELETED
        if post.forward_channel_id is not None:
            yield PostProperty.FORWARD

    def load(self, database: Database) -> None:
        """Put the posts into an empty store, by its tables alone."""
        in_order = sorted(self.posts, key=lambda post: post.id)
        with database.writing() as writer:
            writer.insert(
                "channels",
                ("id", "username", "former"),
                [(number, name.title(), f'["{former}"]') for number, (name, former) in CHANNELS.items()],
            )
            writer.insert("posts", _POSTS, [_post_row(number, post) for number, post in enumerate(in_order, 1)])
            indexed = [
                (post.id, " ".join(post_tokens(post.text, post.language, post.channel_id, has_links=post.links > 0)))
                for post in in_order
            ]
            codec = RecordCodec()
            bodies = [
                (number, _storable(post.text), words, codec.pack(orjson.dumps({"key": post.key})))
                for number, (post, (_, words)) in enumerate(zip(in_order, indexed, strict=True), 1)
            ]
            writer.insert_bodies(bodies)
            writer.index(indexed)
            for table in ("quotes", "citations"):
                writer.insert(
                    table, _MENTIONS, [row for post in in_order for row in _mention_rows(post, getattr(post, table))]
                )
            writer.insert("links", ("key", "target", "posted_ms", "cluster"), list(self._links()))
            sizes = {cluster: len(rows) for cluster, rows in self._by_cluster().items()}
            writer.insert("clusters", ("id", "root", "size"), [(cluster, "", size) for cluster, size in sizes.items()])

    def _links(self) -> Iterator[tuple[str, str | None, int | None, int]]:
        for rows in self._by_cluster().values():
            yield from rows

    def _by_cluster(self) -> dict[int, list[tuple[str, str | None, int | None, int]]]:
        found: dict[int, list[tuple[str, str | None, int | None, int]]] = {}
        for cluster, story in self.stories.items():
            rows = [(post.key, post.target, post.posted_ms if post.is_dated else None, cluster) for post in story]
            present = {post.key for post in story}
            absent = {post.target for post in story if post.target is not None} - present
            found[cluster] = [*rows, *((key, None, None, cluster) for key in sorted(absent))]
        return found


_POSTS = (
    *(
        "id",
        "key",
        "channel_id",
        "message_id",
        "posted_ms",
        "is_dated",
        "edited_ms",
        "deleted_ms",
        "language",
        "revision",
    ),
    *("rank_us", "rank_class", "src_epoch", "src_partition", "src_offset", "edits", "media", "links", "quotes"),
    *("citations", "forward_channel_id", "digest", "body"),
)
_MENTIONS = ("key", "ordinal", "posted_ms", "channel_id", "language", "outlet_id", "outlet_name", "kind", "text")


def _post_row(number: int, post: Post) -> tuple[object, ...]:
    return (
        *(post.id, post.key, post.channel_id, post.message_id, post.posted_ms, int(post.is_dated), post.edited_ms),
        *(post.deleted_ms, post.language, "r", 0, 0, 0, 0, number, post.edits, post.media, post.links),
        *(len(post.quotes), len(post.citations), post.forward_channel_id, 0, number),
    )


def _mention_rows(post: Post, mentions: Sequence[tuple[str, str]]) -> Iterator[tuple[object, ...]]:
    for ordinal, (outlet, kind) in enumerate(mentions):
        yield (post.key, ordinal, post.posted_ms, post.channel_id, post.language, outlet, OUTLETS[outlet], kind, "")


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def _parts(post: Post) -> Iterator[PostPart]:
    for part in PostPart:
        if getattr(post, part.value):
            yield part
