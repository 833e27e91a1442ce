"""The Pushshift Telegram data set: messages, channels and accounts, each in a file of JSON lines (``.ndjson.zst``)."""
