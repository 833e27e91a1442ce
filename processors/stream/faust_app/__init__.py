"""The worker as a Faust app: the only package that imports Faust and mode."""
