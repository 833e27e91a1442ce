"""Where archives lie: on disk, compressed, within .zip and .tar files, on stdin."""
