"""Starting a training on its devices, and what comes back from other processes in one sentence."""

from __future__ import annotations

from functools import partial

from lightning_fabric import Fabric
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from nightlift.errors import NightliftError, TrainingError
from nightlift.train.devices import Devices, count
from nightlift.train.machines import environment, is_lost, lost, strategy
from nightlift.train.module import Training


def launch(training: Training, devices: Devices, nodes: int) -> None:
    """Train on these devices; processes of several are started from this one, or by a scheduler."""
    fabric = Fabric(
        accelerator="auto",
        devices=devices if isinstance(devices, int) else list(devices),
        num_nodes=nodes,
        strategy=strategy(count(devices), nodes, len(training.objective.optimizer_groups)),
        plugins=[environment()],
        precision="bf16-mixed" if training.recipe.precision == "bf16" else "32-true",
    )
    try:
        fabric.launch(partial(_fit, training))
    except ProcessRaisedException as error:
        raise TrainingError(_sentence(error)) from error
    except ProcessExitedException as error:
        raise lost(f" ({error.signal_name or error.exit_code})") from error
    except NightliftError as error:  # from a loader's worker, with its traceback as text
        if "\n" not in str(error):
            raise
        raise type(error)(_sentence(error)) from error


def _fit(training: Training, fabric: Fabric) -> None:
    """Train in one of the processes; TrainingError where another one is lost."""
    try:
        training.fit(fabric)
    except RuntimeError as error:
        if fabric.world_size > 1 and is_lost(error):
            raise lost() from error
        raise


def _sentence(error: Exception) -> str:
    """What another process had to say, without its traceback and the name of its error."""
    last = str(error).strip().splitlines()[-1]
    return last.partition(": ")[2] or last
