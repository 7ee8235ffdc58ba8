"""Write a trained network as ONNX whose weights are stored in half precision.

python benchmarks/fine_denoiser/export.py CHECKPOINT.pt src/nightlift/denoise/fine.onnx
"""

import argparse
import io

import numpy as np
import onnx
import torch
from network import FineNetwork
from onnx import TensorProto, helper, numpy_helper


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with float16 weights, cast to float32 as it is loaded."""
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < 16:
            continue
        name = weight.name
        values = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(values, name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def exported(network: FineNetwork) -> onnx.ModelProto:
    size = torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64), torch.zeros(1, 2, 16, 16)
    stored = io.BytesIO()
    torch.onnx.export(
        network,
        size,
        stored,
        input_names=["lifted", "fast", "noise"],
        output_names=["added"],
        dynamic_axes={
            "lifted": {2: "h", 3: "w"},
            "fast": {2: "h", 3: "w"},
            "noise": {2: "h4", 3: "w4"},
            "added": {2: "h", 3: "w"},
        },
        opset_version=17,
        dynamo=False,
    )
    return onnx.load_from_string(stored.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("target")
    asked = parser.parse_args()
    network = FineNetwork().eval()
    stored = torch.load(asked.checkpoint)
    for parameter, average in zip(network.parameters(), stored["ema"], strict=True):
        parameter.data.copy_(average)
    onnx.save(halved(exported(network)), asked.target)


if __name__ == "__main__":
    main()
