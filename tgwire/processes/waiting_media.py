"""Files of posts that could not be fetched yet, as their list has them: Telegram is not needed to look at it."""

from contextlib import closing
from time import time

from ingest.media.download_queue import FILE_NAME, DownloadQueue, ListedFile
from runtime.settings.tree import Settings


def waiting_files(settings: Settings) -> list[ListedFile]:
    """The files that are still to be fetched, those due first; raises MediaFolderError."""
    folder = settings.collect.media_dir
    if not (folder / FILE_NAME).exists():
        return []
    with closing(DownloadQueue(folder, time)) as listed:
        return list(listed.all())
