"""The verbs of this room: ``report`` and ``check``, one file each."""
