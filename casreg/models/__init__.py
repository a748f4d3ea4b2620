"""What is written down: index, head, manifest, ref, and the settings of a store."""
