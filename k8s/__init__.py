"""The same run as a RayJob on a Kubernetes cluster, and what a cluster needs for it.

=============  ===============================================================================
sizes.toml     what a person calls a size, and what it stands for; sizes.py reads it
spec           the short file that a person writes; every error at once
expand         that file as the full RayJob: a pure function
rules          KubeRay's own validation, restated, so that a job is refused here and not there
client         one cluster's API: JSON in and out, errors in words
status         what a RayJob's status means: a state machine, pure
watch          the loop around it: watch, look again, clock
contexts       several clusters: the first whose queue admits the job
submit         all of it together, as ``clinval submit`` does
project        a team's isolated place: render, apply; usage: what they use and cost
cost           what a job may cost, and did cost
manifests/     Kustomize for Flux; Dockerfile: the image; simulate/: what twenty minutes buy
=============  ===============================================================================
"""
