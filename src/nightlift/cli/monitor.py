"""TensorBoard beside a training, and after it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

QUIET = ("--load_fast", "false")
"""TensorBoard's faster loader announces itself at length."""


def monitor(folder: Path, port: int | None) -> str:
    """Start TensorBoard on a run in this process and return its address.

    Without a port, the first free one from 6006 on. Raises UsageError for a port that is taken,
    and MissingExtraError without TensorBoard.
    """
    from nightlift.errors import MissingExtraError, UsageError

    try:
        from tensorboard import program
    except ImportError:
        raise MissingExtraError("--monitor", "train") from None
    board = program.TensorBoard()
    place = () if port is None else ("--port", str(port))
    words = ["tensorboard", "--logdir", str(folder), "--host", "127.0.0.1", *place, *QUIET]
    board.configure(argv=words)
    try:
        return str(board.launch())
    except program.TensorBoardServerException as error:
        raise UsageError(f"--monitor-port {port}: another program listens there") from error


def stay(address: str) -> None:
    """Let TensorBoard live until Ctrl-C."""
    print(f"TensorBoard is still at {address}: Ctrl-C ends it", file=sys.stderr, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print(file=sys.stderr)
