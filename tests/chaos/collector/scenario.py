"""One seeded scenario: events and faults for some seconds, then calm, then the judgement."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from runtime.settings.channel_list import TIERS
from tests.chaos.collector.events import Newsroom
from tests.chaos.collector.faults import FAULTS
from tests.chaos.collector.harness import LOOK_S, Harness
from tests.chaos.worker.findings import Findings

TICK_S = 0.01


class Due(NamedTuple):
    """A fault, and when it begins."""

    at_s: float
    name: str


@dataclass(frozen=True)
class Plan:
    """What a seed makes of it."""

    seed: int
    lasts_s: float = 3.0
    events_per_s: float = 90.0
    faults: int = 10
    channels: int = 6
    accounts: int = 2
    kinds: tuple[str, ...] = tuple(FAULTS)

    def schedule(self) -> list[Due]:
        """Faults spread over the time; no kind comes twice before every one has come."""
        random = Random(f"faults {self.seed}")
        order: list[str] = []
        while len(order) < self.faults:
            order += random.sample(self.kinds, len(self.kinds))
        return sorted(Due(random.uniform(0.1, self.lasts_s * 0.9), name) for name in order[: self.faults])


@dataclass
class Report:
    """How it went."""

    plan: Plan
    findings: Findings
    happened: dict[str, int]
    messages: int
    records: int
    kills: int
    restarts: int
    calm_s: float
    """From the last event until everything was collected."""
    server_errors: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every promise held."""
        return not (self.findings.faults or self.server_errors)

    def row(self) -> tuple[object, ...]:
        """For the table; COLUMNS names its columns."""
        lost = sum(map(len, self.findings.faults.values()))
        return (
            self.plan.seed,
            self.messages,
            self.happened.get("edit", 0) + self.happened.get("style", 0) + self.happened.get("edit_album", 0),
            self.happened.get("delete", 0),
            self.records,
            self.findings.repeats,
            self.kills,
            self.restarts,
            f"{self.calm_s:.1f}",
            lost,
        )


COLUMNS = (
    *("seed", "messages", "edits", "deletions", "records", "repeats"),
    *("kills", "restarts", "calm after s", "faults"),
)


async def run(plan: Plan, folder: Path) -> Report:
    """Play it, and judge."""
    random = Random(plan.seed)
    async with Harness(folder, plan.seed, plan.accounts) as harness:
        harness.centre.clock_skew_s = random.choice((0.0, -40.0, -400.0))
        newsroom = _furnish(harness, plan, random)
        await harness.open()
        await _play(harness, newsroom, plan, random)
        began = time.monotonic()
        findings = await _settle(harness)
        calm_s = time.monotonic() - began
        return Report(
            plan,
            findings,
            newsroom.happened,
            sum(len(channel.messages) for channel in harness.truth.values()),
            len(harness.broker.posts()),
            harness.kills,
            harness.restarts,
            calm_s,
            [repr(error) for error in harness.centre.errors],
        )


def _furnish(harness: Harness, plan: Plan, random: Random) -> Newsroom:
    """Channels with a history, one of them to be collected as well; one with a group; one that nobody watches."""
    world = harness.centre.world
    world.add_user("Reader")
    channels = [harness.add_channel(f"Channel {n}", f"example_{n}") for n in range(plan.channels)]
    harness.observe(world.add_group_of(channels[2], members=harness.people))
    wire = harness.add_channel("Wire", "example_wire")
    silent = world.add_channel("Elsewhere", "elsewhere", members=harness.people)
    newsroom = Newsroom(world, channels, wire, silent, random)
    for _ in range(60):
        newsroom.post()
    for number, channel in enumerate(channels):
        tier = TIERS[number % len(TIERS)]
        harness.list_channel(channel, comments=number == 2, backfill=number == 1, tier=tier)
    harness.list_channel(wire)
    newsroom.happened.clear()
    return newsroom


async def _play(harness: Harness, newsroom: Newsroom, plan: Plan, random: Random) -> None:
    faults = [asyncio.create_task(_strike(harness, newsroom, due, plan.seed)) for due in plan.schedule()]
    began, done, events = time.monotonic(), 0, int(plan.lasts_s * plan.events_per_s)
    while done < events:  # all of them, also where the machine is slow
        for _ in range(min(int((time.monotonic() - began) * plan.events_per_s), events) - done):
            newsroom.happen()
            done += 1
        harness.centre.delivery.release(lambda items: random.sample(items, len(items)))
        await asyncio.sleep(TICK_S)
    await asyncio.gather(*faults)


async def _strike(harness: Harness, newsroom: Newsroom, due: Due, seed: int) -> None:
    await asyncio.sleep(due.at_s)
    await FAULTS[due.name](harness, newsroom, Random(f"{due} {seed}"))


async def _settle(harness: Harness) -> Findings:
    """End what is scripted, wait until all is collected, and see that it stays so when the process ends in order."""
    harness.centre.faults.clear()
    harness.centre.delivery.release()
    found = await harness.calm()
    if found.faults:
        return found
    await harness.restart()
    await asyncio.sleep(LOOK_S)
    return await harness.calm()


def table(reports: list[Report]) -> Iterator[str]:
    """The reports, in Markdown."""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|" + "---|" * len(COLUMNS)
    for report in reports:
        yield "| " + " | ".join(map(str, report.row())) + " |"
