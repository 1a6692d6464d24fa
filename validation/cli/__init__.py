"""The command line of this room, one file a verb; each a thin wrapper of a plain function."""
