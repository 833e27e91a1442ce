"""What is resident of mapped files is let go when it has grown."""

from dataclasses import dataclass, field

from processors.stream.state.resident_memory import GROWTH_BYTES, GROWTH_PART, LOOK_S, ResidentFiles, resident_bytes

START_BYTES = 30 << 20


@dataclass
class Process:
    """A process's memory and clock."""

    resident: int = START_BYTES
    now_s: float = 0.0
    index: int = 0
    released_at: list[float] = field(default_factory=list)

    def release(self) -> None:
        self.released_at.append(self.now_s)
        self.resident = START_BYTES

    def files(self) -> ResidentFiles:
        return ResidentFiles(self.release, lambda: self.index, lambda: self.resident, lambda: self.now_s)


def test_files_stay_while_little_of_them_is_resident() -> None:
    process = Process()
    files = process.files()
    process.resident += GROWTH_BYTES
    files.look()
    assert not process.released_at


def test_files_are_let_go_when_much_of_them_is_resident() -> None:
    process = Process()
    files = process.files()
    process.resident += GROWTH_BYTES + 1
    files.look()
    assert process.released_at == [0.0]
    assert process.resident == START_BYTES


def test_a_large_index_may_grow_by_a_part_of_it() -> None:
    process = Process(index=4 * GROWTH_PART * GROWTH_BYTES)
    files = process.files()
    process.resident += 4 * GROWTH_BYTES
    files.look()
    assert not process.released_at
    process.resident += 1
    process.now_s = LOOK_S
    files.look()
    assert process.released_at == [LOOK_S]


def test_it_is_looked_at_seldom() -> None:
    process = Process()
    files = process.files()
    files.look()
    process.resident += 1 << 30
    process.now_s = LOOK_S / 2
    files.look()
    assert not process.released_at
    process.now_s = LOOK_S
    files.look()
    assert process.released_at == [LOOK_S]


def test_the_files_of_this_process_are_measured() -> None:
    assert resident_bytes() > 1 << 20
