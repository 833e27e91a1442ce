"""The Faust shell around the pure core: fetch, guard, handle, deliver, commit. The only place that imports faust."""
