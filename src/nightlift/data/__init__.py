"""Training and evaluation data: layouts, splits, checks, augmentation, synthetic darkness.

Free of PyTorch, and lazy: a collection holds paths, and a picture is read when it is asked for.
"""
