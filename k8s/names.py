"""Names and labels that manifests, jobs and queries must agree on."""

from __future__ import annotations

import re

API, KIND = "ray.io/v1", "RayJob"
LONGEST_JOB_NAME = 47
"""KubeRay's own limit: it appends to the name to make those of clusters, services and pods."""
LONGEST_NAMESPACE = 63
DNS_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
"""The form of a RayJob's name."""
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")

PROJECT, STAGE, RUN, CAPACITY = "clinval.dev/project", "clinval.dev/stage", "clinval.dev/run", "clinval.dev/capacity"
"""Labels: of a namespace and all in it; of a job and its pods; of nodes that may or may not be taken away."""
SPEC_DIGEST = "clinval.dev/spec-sha256"
"""Annotation of a job: what was asked for, so that asking twice is told from asking for something else."""
SENDER = "clinval.dev/sender"
"""Annotation of a job: which call sent it, so that a call knows its own where the answer was lost."""
QUEUE_LABEL, PRIORITY_LABEL = "kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"
QUEUE = "clinval"
"""The LocalQueue of every project."""
SERVICE_ACCOUNT = "clinval-run"
"""Of Ray's pods: it may do nothing, and its token is not mounted."""
OBJECT_STORE_SECRET = "clinval-object-store"
SHARED_VOLUME = "clinval-shared"
"""The project's volume claim, mounted at ``SHARED``."""
SHARED, APP, HOME = "/data", "/app", "/home/clinval"
"""In the image: the project's volume, the repository, and what may be written to besides /tmp."""
STAGES = ("pr", "nightly", "release")
