"""Values as people read them: times, numbers, texts with marks, charts. Nothing here reads a store."""
