"""What stands around every request, from the outside in: headers, log and last resort, hosts and encodings.

``bodies`` (reading within limits) and ``rates`` are called by the guard of each route, which knows its limits.
"""
