"""Averaged weights: an exponential mean of what is learned, statistics of norms included."""

import torch
from torch import nn

from nightlift.train.ema import MovingAverage


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


def test_weights_and_statistics_of_norms_are_averaged_alike() -> None:
    trained = network()
    average = MovingAverage(trained, 0.9)
    expected = {name: value.clone() for name, value in trained.state_dict().items()}
    for step in range(1, 120):
        with torch.no_grad():
            for value in trained.state_dict().values():
                value.add_(1) if not value.is_floating_point() else value.copy_(
                    torch.rand(value.shape)
                )
        average.update(trained, step)
        decay = min(0.9, (1 + step) / (10 + step))
        for name, value in trained.state_dict().items():
            expected[name] = decay * expected[name] + (1 - decay) * value
    found = average.network.state_dict()
    assert {"1.running_mean", "1.running_var"} <= found.keys()
    for name, value in found.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, expected[name])
    assert found["1.num_batches_tracked"] == 119
