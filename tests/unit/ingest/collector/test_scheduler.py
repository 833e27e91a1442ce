"""When the job of a channel is due, and when it is not any more."""

import asyncio

from ingest.collector.scheduler import ChannelScheduler


async def test_a_channel_that_is_forgotten_as_its_job_ends_is_not_due_again() -> None:
    loop, runs = asyncio.get_running_loop(), 0

    async def job(_: int) -> float | None:
        nonlocal runs
        runs += 1
        loop.call_soon(scheduler.forget, 1)  # after the end of the job, before the scheduler knows of it
        return loop.time()

    scheduler = ChannelScheduler(job, 1)
    running = asyncio.create_task(scheduler.run())
    scheduler.at(1, loop.time())
    while not runs:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert runs == 1
    scheduler.at(1, loop.time())
    while runs < 2:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
