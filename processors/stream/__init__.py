"""The worker around the pure core: fetch, check offsets, process, deliver, commit. Only ``faust_app`` imports Faust."""
