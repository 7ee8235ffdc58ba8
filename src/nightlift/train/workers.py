"""Processes that read a training's pictures in advance."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.context import BaseContext

PRELOADED = ["nightlift.learned.table", "nightlift.train.pictures", "nightlift.train.workers"]
"""What a worker needs, imported once for all of them."""


def processes() -> BaseContext:
    """How workers are started: a fork of this process would inherit the locks of its threads.

    They are forked from a small server, which has no threads; where there is none, started anew.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def start(worker: int) -> None:
    """Workers are many enough: OpenCV's own threads would only crowd them."""
    import cv2

    cv2.setNumThreads(0)
    threading.Thread(target=_end_with_training, daemon=True).start()


def _end_with_training() -> None:
    """End this worker when the training is killed: PyTorch watches the server instead of it."""
    training = multiprocessing.parent_process()
    assert training is not None
    training.join()
    os._exit(1)
