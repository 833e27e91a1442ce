"""A table of states is the fold of its log, wherever a worker was killed."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.post_states import StateTables
from processors.stream.state.state_table import PostId
from processors.testing import MemoryLog
from schemas import post_key
from schemas.rank import Rank, StateClass
from schemas.states import PostState, topic_mark

IDS = TopicIds("normalized", "states")
MARK = topic_mark(IDS.normalized)
KEYS = [(channel, message) for channel in (1, 2) for message in (1, 2, 3)]
STATES = st.builds(
    PostState,
    st.builds(Rank, st.integers(0, 9), st.sampled_from(StateClass)),
    st.sampled_from(["00000000000000aa", "00000000000000bb"]),
    home=st.none() | st.integers(0, 3),
    is_deleted=st.booleans(),
    epoch=st.just(1),
    quotes=st.integers(0, 2),
    citations=st.just(0),
)
WAVES = st.dictionaries(st.sampled_from(KEYS), STATES | st.none(), min_size=1, max_size=4)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "written",
                "killed before the log",
                "killed in the log",
                "killed before the table",
                "killed after the table",
                "by another worker",
                "end not known",
                "moved",
            ]
        ),
        WAVES,
        st.integers(0, 3),
    ),
    max_size=12,
)


class Log(MemoryLog):
    """The log of one partition."""

    def write(self, wave: dict[PostId, PostState | None]) -> None:
        for key, state in wave.items():
            self.append(post_key(*key).encode(), None if state is None else state.pack(MARK), 1)

    def fold(self) -> dict[PostId, PostState]:
        """Content of the log: the last record of each post."""
        last = {record.key: record.value for record in self.records}
        return {key: PostState.unpack(value) for key in KEYS if (value := last.get(post_key(*key).encode()))}


class Fleet:
    """One worker after the other in one data folder, and a second one elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.log = Log()
        self._folder = folder
        self._killed: list[StateTables] = []
        self.tables = self.start("one")

    def start(self, name: str) -> StateTables:
        return StateTables(self._folder / name, self.log, keep_days=90, max_unreadable=0)

    async def restart(self) -> None:
        """Without closing anything, as a process that was killed."""
        self._killed.append(self.tables)
        self.tables = self.start("one")
        await self.load()

    async def load(self) -> None:
        self.table = await self.tables.load(0, IDS)

    async def step(self, what: str, wave: dict[PostId, PostState | None], cut: int) -> None:
        in_log = dict(list(wave.items())[:cut]) if what == "killed in the log" else wave
        if what != "killed before the log":
            self.log.write(in_log)
        if what in ("written", "killed after the table", "end not known"):
            end = None if what == "end not known" else len(self.log.records)
            self.table.write(wave, end, 1)
        if what.startswith("killed"):
            await self.restart()
        if what == "moved" or (what == "by another worker" and cut):
            await self.load()

    def close(self) -> None:
        for tables in (*self._killed, self.tables):
            tables.close()


@given(STEPS)
@settings(max_examples=40)
def test_a_table_is_the_fold_of_its_log_wherever_a_worker_was_killed(
    steps: list[tuple[str, dict[PostId, PostState | None], int]],
) -> None:
    async def run(folder: Path) -> None:
        fleet = Fleet(folder)
        try:
            await fleet.load()
            for step in steps:
                await fleet.step(*step)
            await fleet.load()
            assert fleet.table.find(KEYS) == fleet.log.fold()
            fresh = fleet.start("new machine")
            table = await fresh.load(0, IDS)
            assert table.find(KEYS) == fleet.log.fold()
            fresh.close()
        finally:
            fleet.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
