"""Training by several processes, of one machine or more: who starts them, and what if one is lost.

Each is told its place by torchrun, by SLURM, or by the variables MASTER_ADDR, MASTER_PORT and
NODE_RANK, which Lightning Fabric reads.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from lightning_fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy
from torch.distributed import DistError

from nightlift.errors import TrainingError, UsageError

logging.getLogger("torch.multiprocessing.spawn").setLevel(logging.ERROR)  # our sentence says it

PATIENCE = timedelta(minutes=10)
"""How long a process waits for the others: the first one validates, draws and saves meanwhile."""

LOST = "a process of this training was lost{}; --resume goes on from its last finished epoch"

SIGNS = ("gloo", "Connection closed", "Connection reset", "Broken pipe")
"""What is said where the connection to a process ends."""


def environment() -> ClusterEnvironment:
    """What tells this process its place; UsageError where SLURM's words contradict each other."""
    if TorchElasticEnvironment.detect():
        return TorchElasticEnvironment()
    try:
        slurm = SLURMEnvironment() if SLURMEnvironment.detect() else None
    except RuntimeError as error:
        raise UsageError(str(error)) from error
    # A job of one task starts the processes of several devices itself.
    return slurm if slurm is not None and slurm.world_size() > 1 else LightningEnvironment()


def is_scheduled() -> bool:
    """Whether a scheduler has started a process for each device.

    Returns:
        True under torchrun, and where SLURM tells of several tasks.
    """
    return not isinstance(environment(), LightningEnvironment)


def keeps_run(nodes: int = 1) -> bool:
    """Whether this process, or one that it starts, is the first of all, which keeps the run.

    Args:
        nodes: How many machines there are.

    Returns:
        True in one process of all that are told their places.
    """
    place = environment()
    if isinstance(place, LightningEnvironment):
        return nodes == 1 or place.node_rank() == 0
    return place.global_rank() == 0


def check_machines(devices: int, nodes: int) -> None:
    """Raise UsageError where a scheduler has started another number of processes."""
    place = environment()
    if isinstance(place, LightningEnvironment):
        return
    if place.world_size() != devices * nodes:
        raise UsageError(
            f"a scheduler (torchrun or SLURM) tells of {place.world_size()} processes, and devices="
            f"{devices} on nodes={nodes} are {devices * nodes}: ask for as many"
        )


def strategy(devices: int, nodes: int, optimizer_groups: int) -> str | DDPStrategy:
    """How processes work together; with several groups, some parameters have no gradient."""
    if devices * nodes == 1:
        return "auto"
    # `popen`: this process is one of them, and starts no other.
    alone = devices == 1 or is_scheduled()
    return DDPStrategy(
        start_method="popen" if alone else "spawn",
        find_unused_parameters=optimizer_groups > 1,
        timeout=PATIENCE,
    )


def is_lost(error: RuntimeError) -> bool:
    """Whether an error says that another process does not answer any more."""
    return isinstance(error, DistError) or any(sign in str(error) for sign in SIGNS)


def lost(how: str = "") -> TrainingError:
    """The error of the processes that are left."""
    return TrainingError(LOST.format(how))
