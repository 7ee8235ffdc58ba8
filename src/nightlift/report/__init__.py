"""Pages that are one file each: comparisons that one can slide, evaluations, trainings.

A page asks nothing of the network: style, script and pictures are inside it, and its own content
security policy forbids the browser anything else.
"""
