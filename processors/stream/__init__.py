"""The Faust shell: the only place that imports faust."""
