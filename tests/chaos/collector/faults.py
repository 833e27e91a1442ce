"""What goes wrong in a scenario. Each is over when it returns, except for what is scripted and not met yet."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from tests.chaos.collector.events import Newsroom
from tests.chaos.collector.stand import Stand
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

Cause = Callable[[Stand, Newsroom, Random], Awaitable[None]]
FAULTS: dict[str, Cause] = {}


def _fault(cause: Cause) -> Cause:
    FAULTS[cause.__name__] = cause
    return cause


# -- pushes


async def _pushes(stand: Stand, random: Random, **shares: float) -> None:
    faults = stand.centre.delivery.faults
    faults.random = random
    for name, share in shares.items():
        setattr(faults, name, share)
    await asyncio.sleep(random.uniform(0.3, 0.8))
    faults.lost = faults.doubled = faults.swapped = 0.0


@_fault
async def pushes_lost(stand: Stand, _: Newsroom, random: Random) -> None:
    await _pushes(stand, random, lost=0.5)


@_fault
async def pushes_all_lost(stand: Stand, _: Newsroom, random: Random) -> None:
    await _pushes(stand, random, lost=1.0)


@_fault
async def pushes_doubled(stand: Stand, _: Newsroom, random: Random) -> None:
    await _pushes(stand, random, doubled=0.5)


@_fault
async def pushes_reordered(stand: Stand, _: Newsroom, random: Random) -> None:
    await _pushes(stand, random, doubled=0.1, swapped=0.5)


# -- calls


def _script(stand: Stand, random: Random, fault: Fault, methods: tuple[str, ...] = _AFTER_START) -> None:
    for method in methods:
        stand.centre.faults.script(method, *[fault] * random.randint(1, 2))


@_fault
async def floods(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, flood(1), METHODS)


@_fault
async def flood_of_one_method(stand: Stand, _: Newsroom, random: Random) -> None:
    stand.centre.faults.script(random.choice(METHODS), *[flood(1)] * 3)


@_fault
async def calls_dropped(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, DROP)


@_fault
async def connections_closed(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, CLOSE)


@_fault
async def calls_dropped_after(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, DROP_AFTER)


@_fault
async def calls_hung(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, HANG, (random.choice(_AFTER_START),))


@_fault
async def answers_slow(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, delay(random.uniform(0.2, 0.9)))


@_fault
async def server_troubled(stand: Stand, _: Newsroom, random: Random) -> None:
    _script(stand, random, refuse(500, "WORKER_BUSY_TOO_LONG_RETRY"))


@_fault
async def start_flooded(stand: Stand, _: Newsroom, random: Random) -> None:
    """Floods on all that a start asks for, and a start."""
    _script(stand, random, flood(1), METHODS)
    await stand.restart()


# -- connections


@_fault
async def connections_dropped(stand: Stand, _: Newsroom, random: Random) -> None:
    for _turn in range(random.randint(1, 3)):
        stand.centre.drop_connections(random.choice([None, *stand.people]))
        await asyncio.sleep(random.uniform(0.05, 0.3))


@_fault
async def difference_too_long(stand: Stand, newsroom: Newsroom, random: Random) -> None:
    """So much while nobody was connected that Telegram no longer reports it."""
    stand.centre.too_long = 5
    stand.centre.drop_connections()
    newsroom.burst(random.randint(10, 40))
    await asyncio.sleep(0.5)
    stand.centre.too_long = 1000


@_fault
async def server_restarted(stand: Stand, _: Newsroom, random: Random) -> None:
    await stand.centre.stop()
    await asyncio.sleep(random.uniform(0.1, 0.6))
    await stand.centre.start()


@_fault
async def salt_renewed(stand: Stand, _: Newsroom, __: Random) -> None:
    stand.centre.renew_salt()


@_fault
async def clock_skewed(stand: Stand, _: Newsroom, random: Random) -> None:
    """Forward, and for good: Telegram's dates show which of two edits is the later one, and do not go back."""
    stand.centre.clock_skew_s += random.choice((40.0, 400.0))


@_fault
async def keys_forgotten(stand: Stand, _: Newsroom, random: Random) -> None:
    number = random.randrange(len(stand.people))
    stand.centre.forget_keys(stand.people[number])
    stand.centre.drop_connections(stand.people[number])
    await asyncio.sleep(random.uniform(0.1, 0.5))
    await stand.sign_in(number)


@_fault
async def all_keys_forgotten(stand: Stand, _: Newsroom, random: Random) -> None:
    for person in stand.people:
        stand.centre.forget_keys(person)
    stand.centre.drop_connections()
    await asyncio.sleep(random.uniform(0.1, 0.5))
    for number in range(len(stand.people)):
        await stand.sign_in(number)


@_fault
async def key_duplicated(stand: Stand, _: Newsroom, __: Random) -> None:
    """For good: the other accounts go on."""
    stand.centre.duplicate_keys(stand.people[-1])


# -- channels


@_fault
async def channel_private(stand: Stand, newsroom: Newsroom, random: Random) -> None:
    """Closed in mid-sweep, and open again: what was posted meanwhile is collected then."""
    channel = random.choice(stand.channels)
    stand.centre.faults.script("messages.getHistory", delay(0.1))
    channel.change(is_private=True)
    for person in stand.people:
        channel.leave(person)
    newsroom.burst(2)
    await asyncio.sleep(random.uniform(0.3, 1.0))
    channel.change(is_private=False)
    channel.join(*stand.people)


@_fault
async def channel_renamed(stand: Stand, _: Newsroom, random: Random) -> None:
    channel = random.choice([each for each in stand.channels if each.username])
    name = f"{channel.username}x"
    stand.truth[channel.id].names.add(name)
    channel.change(username=name, title=f"{channel.title} II")


# -- the publisher


@_fault
async def publisher_refused(stand: Stand, _: Newsroom, random: Random) -> None:
    stand.broker.is_refusing = True
    await asyncio.sleep(random.uniform(0.1, 0.5))
    stand.broker.is_refusing = False


@_fault
async def publisher_died(stand: Stand, _: Newsroom, random: Random) -> None:
    stand.broker.lag_s = 0.2
    await asyncio.sleep(0.3)
    async with stand.is_changing:
        stand.process.line.break_off()
    stand.broker.lag_s = 0.0


@_fault
async def publisher_slow(stand: Stand, _: Newsroom, random: Random) -> None:
    stand.broker.lag_s = random.uniform(0.1, 0.4)
    await asyncio.sleep(random.uniform(0.3, 0.8))
    stand.broker.lag_s = 0.0


@_fault
async def queue_overflown(stand: Stand, newsroom: Newsroom, random: Random) -> None:
    """More posts than the queue holds while nothing is acknowledged."""
    stand.broker.is_silent = True
    for _ in range(5):
        newsroom.burst(100)
        await asyncio.sleep(0.05)
    await asyncio.sleep(random.uniform(0.1, 0.4))
    stand.broker.is_silent = False


# -- the process


@_fault
async def killed(stand: Stand, _: Newsroom, random: Random) -> None:
    await stand.kill(random.choice((0.0, 0.4)))


@_fault
async def killed_while_slow(stand: Stand, _: Newsroom, random: Random) -> None:
    """With much on its way: some of it has arrived."""
    stand.broker.lag_s = 0.3
    await asyncio.sleep(0.3)
    await stand.kill()
    stand.broker.lag_s = 0.0


@_fault
async def killed_twice(stand: Stand, newsroom: Newsroom, random: Random) -> None:
    """The second time while it catches up."""
    newsroom.burst(60)
    await stand.kill(0.1)
    await asyncio.sleep(random.uniform(0.0, 0.3))
    await stand.kill()


@_fault
async def restarted(stand: Stand, _: Newsroom, __: Random) -> None:
    await stand.restart()


@_fault
async def unlisted(stand: Stand, _: Newsroom, random: Random) -> None:
    """A channel is taken out of the list for a while."""
    path = stand.collect.channels
    async with stand.is_listing:
        text = path.read_text()
        head, *rows = text.split("[[channel]]")
        gone = random.randrange(len(rows))
        path.write_text("[[channel]]".join([head, *(row for number, row in enumerate(rows) if number != gone)]))
        await asyncio.sleep(random.uniform(0.2, 0.8))
        path.write_text(text)
