"""What is resident of mapped files is let go when it has grown, and not too often."""

from dataclasses import dataclass, field

from processors.stream.state.resident_memory import GROWTH_BYTES, LOOK_S, SHARE, ResidentFiles, resident_bytes

START_BYTES = 30 << 20


@dataclass
class Process:
    """A process's memory and clock."""

    resident: int = START_BYTES
    now_s: float = 0.0
    release_s: float = 0.02
    released_at: list[float] = field(default_factory=list)

    def release(self) -> None:
        self.released_at.append(self.now_s)
        self.now_s += self.release_s
        self.resident = START_BYTES

    def files(self) -> ResidentFiles:
        return ResidentFiles(self.release, lambda: self.resident, lambda: self.now_s)


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


def test_letting_go_takes_no_more_than_its_share_of_the_time() -> None:
    process = Process()
    files = process.files()
    while process.now_s < 10:
        process.resident += 1 << 30
        files.look()
        process.now_s += 0.001
    assert len(process.released_at) * process.release_s <= 10 * SHARE * 1.1
    assert len(process.released_at) > 10


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
