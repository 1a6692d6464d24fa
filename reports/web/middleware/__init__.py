"""What stands around every request, from the outside in: log and last resort, headers, hosts and encodings.

``bodies`` (reading within limits) and ``rates`` are called by the guard of each route, which knows its limits.
"""
