"""Runs on disk: immutable, verifiable, resumable.

runs/<key>/             <key> follows from network, policy, cases, code and options
    plan.json           what is to be run; written first
    cases.parquet       the cards, so that a run can be read without its case set
    model.json          the vocabulary, for the same reason
    shards/             one Parquet file a shard; its name holds its SHA-256
    partial.json        of an interrupted run: what is there so far
    manifest.json       names every file and its hash, and its own; written last, then nothing changes
    invocation.json     what a later command called the same input; nothing else, and not always there
    quarantine/         shards whose bytes did not match their name, manifests that could not be read
    lock                held by the one writer

At an address of an object store (places, remote) it is the same, with a lease for the lock; a copy on
this machine is what everything reads, and shards are committed many at once (committing).
"""

from .directory import RunDirectory, ShardFile
from .files import StoreError
from .manifest import Manifest, Plan

__all__ = ["Manifest", "Plan", "RunDirectory", "ShardFile", "StoreError"]
