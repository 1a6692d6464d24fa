"""Which edited parameters changed a case: each edit of a candidate applied alone and reverted alone, the
case replayed, and the movement shared out.
"""
