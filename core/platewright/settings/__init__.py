"""Settings in layers: one schema, five places that a value can come from, and a word about which one it was."""
