"""The verbs of this room, one file each."""
