"""What goes wrong in a scenario. Each is over when it returns, except for what is scripted and not met yet."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from tests.chaos.collector.events import Newsroom
from tests.chaos.collector.harness import Harness
from tests.support.mtproto_server.faults import CLOSE, DROP, DROP_AFTER, HANG, Fault, delay, flood, refuse

METHODS = (
    "messages.getHistory",
    "channels.getMessages",
    "updates.getChannelDifference",
    "updates.getDifference",
    "updates.getState",
    "users.getUsers",
    "channels.getChannels",
    "channels.getFullChannel",
    "contacts.resolveUsername",
)
"""All that the collector calls."""
_AFTER_START = METHODS[:4]
_REORDER_EVERY_S = 0.1

Cause = Callable[[Harness, Newsroom, Random], Awaitable[None]]
FAULTS: dict[str, Cause] = {}


def _fault(cause: Cause) -> Cause:
    FAULTS[cause.__name__] = cause
    return cause


# -- pushes


async def _pushes(harness: Harness, random: Random, **shares: float) -> None:
    faults = harness.centre.delivery.faults
    faults.random = random
    for name, share in shares.items():
        setattr(faults, name, share)
    await asyncio.sleep(random.uniform(0.3, 0.8))
    faults.lost = faults.doubled = faults.swapped = 0.0


@_fault
async def pushes_lost(harness: Harness, _: Newsroom, random: Random) -> None:
    await _pushes(harness, random, lost=0.5)


@_fault
async def pushes_all_lost(harness: Harness, _: Newsroom, random: Random) -> None:
    await _pushes(harness, random, lost=1.0)


@_fault
async def pushes_doubled(harness: Harness, _: Newsroom, random: Random) -> None:
    await _pushes(harness, random, doubled=0.5)


@_fault
async def pushes_reordered(harness: Harness, _: Newsroom, random: Random) -> None:
    await _pushes(harness, random, doubled=0.1, swapped=0.5)


# -- calls


def _script(harness: Harness, random: Random, fault: Fault, methods: tuple[str, ...] = _AFTER_START) -> None:
    for method in methods:
        harness.centre.faults.script(method, *[fault] * random.randint(1, 2))


@_fault
async def floods(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, flood(1), METHODS)


@_fault
async def flood_of_one_method(harness: Harness, _: Newsroom, random: Random) -> None:
    harness.centre.faults.script(random.choice(METHODS), *[flood(1)] * 3)


@_fault
async def calls_dropped(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, DROP)


@_fault
async def connections_closed(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, CLOSE)


@_fault
async def calls_dropped_after(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, DROP_AFTER)


@_fault
async def calls_hung(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, HANG, (random.choice(_AFTER_START),))


@_fault
async def answers_slow(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, delay(random.uniform(0.2, 0.9)))


@_fault
async def server_troubled(harness: Harness, _: Newsroom, random: Random) -> None:
    _script(harness, random, refuse(500, "WORKER_BUSY_TOO_LONG_RETRY"))


@_fault
async def start_flooded(harness: Harness, _: Newsroom, random: Random) -> None:
    """Floods on all that a start asks for, and a start."""
    _script(harness, random, flood(1), METHODS)
    await harness.restart()


# -- connections


@_fault
async def connections_dropped(harness: Harness, _: Newsroom, random: Random) -> None:
    for _turn in range(random.randint(1, 3)):
        harness.centre.drop_connections(random.choice([None, *harness.people]))
        await asyncio.sleep(random.uniform(0.05, 0.3))


@_fault
async def difference_too_long(harness: Harness, newsroom: Newsroom, random: Random) -> None:
    """So much while nobody was connected that Telegram no longer reports it."""
    harness.centre.too_long = 5
    harness.centre.drop_connections()
    newsroom.burst(random.randint(10, 40))
    await asyncio.sleep(0.5)
    harness.centre.too_long = 1000


@_fault
async def server_restarted(harness: Harness, _: Newsroom, random: Random) -> None:
    await harness.centre.stop()
    await asyncio.sleep(random.uniform(0.1, 0.6))
    await harness.centre.start()


@_fault
async def salt_renewed(harness: Harness, _: Newsroom, __: Random) -> None:
    harness.centre.renew_salt()


@_fault
async def clock_skewed(harness: Harness, _: Newsroom, random: Random) -> None:
    """Forward, and for good: Telegram's dates show which of two edits is the later one, and do not go back."""
    harness.centre.clock_skew_s += random.choice((40.0, 400.0))


@_fault
async def keys_forgotten(harness: Harness, _: Newsroom, random: Random) -> None:
    number = random.randrange(len(harness.people))
    harness.centre.forget_keys(harness.people[number])
    harness.centre.drop_connections(harness.people[number])
    await asyncio.sleep(random.uniform(0.1, 0.5))
    await harness.sign_in(number)


@_fault
async def all_keys_forgotten(harness: Harness, _: Newsroom, random: Random) -> None:
    for person in harness.people:
        harness.centre.forget_keys(person)
    harness.centre.drop_connections()
    await asyncio.sleep(random.uniform(0.1, 0.5))
    for number in range(len(harness.people)):
        await harness.sign_in(number)


@_fault
async def key_duplicated(harness: Harness, _: Newsroom, __: Random) -> None:
    """For good: the other accounts go on."""
    harness.centre.duplicate_keys(harness.people[-1])


# -- channels


@_fault
async def channel_private(harness: Harness, newsroom: Newsroom, random: Random) -> None:
    """Closed in mid-sweep, and open again: what was posted meanwhile is collected then."""
    channel = random.choice(harness.channels)
    harness.centre.faults.script("messages.getHistory", delay(0.1))
    channel.change(is_private=True)
    for person in harness.people:
        channel.leave(person)
    newsroom.burst(2)
    await asyncio.sleep(random.uniform(0.3, 1.0))
    channel.change(is_private=False)
    channel.join(*harness.people)


@_fault
async def channel_renamed(harness: Harness, _: Newsroom, random: Random) -> None:
    channel = random.choice([each for each in harness.channels if each.username])
    name = f"{channel.username}x"
    harness.truth[channel.id].names.add(name)
    channel.change(username=name, title=f"{channel.title} II")


# -- the publisher


@_fault
async def publisher_refused(harness: Harness, _: Newsroom, random: Random) -> None:
    harness.broker.is_refusing = True
    await asyncio.sleep(random.uniform(0.1, 0.5))
    harness.broker.is_refusing = False


@_fault
async def publisher_died(harness: Harness, _: Newsroom, random: Random) -> None:
    harness.broker.lag_s = 0.2
    await asyncio.sleep(0.3)
    async with harness.is_changing:
        harness.process.line.break_off()
    harness.broker.lag_s = 0.0


@_fault
async def publisher_slow(harness: Harness, _: Newsroom, random: Random) -> None:
    harness.broker.lag_s = random.uniform(0.1, 0.4)
    await asyncio.sleep(random.uniform(0.3, 0.8))
    harness.broker.lag_s = 0.0


@_fault
async def queue_overflown(harness: Harness, newsroom: Newsroom, random: Random) -> None:
    """More posts than the queue holds while nothing is acknowledged."""
    harness.broker.is_silent = True
    for _ in range(5):
        newsroom.burst(100)
        await asyncio.sleep(0.05)
    await asyncio.sleep(random.uniform(0.1, 0.4))
    harness.broker.is_silent = False


# -- the process


@_fault
async def killed(harness: Harness, _: Newsroom, random: Random) -> None:
    await harness.kill(random.choice((0.0, 0.4)))


@_fault
async def killed_while_slow(harness: Harness, _: Newsroom, random: Random) -> None:
    """With much on its way: some of it has arrived."""
    harness.broker.lag_s = 0.3
    await asyncio.sleep(0.3)
    await harness.kill()
    harness.broker.lag_s = 0.0


@_fault
async def killed_twice(harness: Harness, newsroom: Newsroom, random: Random) -> None:
    """The second time while it catches up."""
    newsroom.burst(60)
    await harness.kill(0.1)
    await asyncio.sleep(random.uniform(0.0, 0.3))
    await harness.kill()


@_fault
async def restarted(harness: Harness, _: Newsroom, __: Random) -> None:
    await harness.restart()


@_fault
async def unlisted(harness: Harness, _: Newsroom, random: Random) -> None:
    """A channel is taken out of the list for a while."""
    path = harness.collect.channels
    async with harness.is_listing:
        text = path.read_text()
        head, *rows = text.split("[[channel]]")
        gone = random.randrange(len(rows))
        path.write_text("[[channel]]".join([head, *(row for number, row in enumerate(rows) if number != gone)]))
        await asyncio.sleep(random.uniform(0.2, 0.8))
        path.write_text(text)
