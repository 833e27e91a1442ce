"""The process of a worker: its checks, its folder and its entry."""
