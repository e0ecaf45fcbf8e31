"""One cook folder on a disk: guarded reads, durable writes, the walk that follows no link."""
