"""Which estimator a name, a model's file or a saved edit stands for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.adjust import Estimator
from nightlift.arguments import check_type, file_name, whole
from nightlift.classical import NAMES
from nightlift.edit.controls import Controls
from nightlift.edit.edit import Edit, Painting
from nightlift.errors import ModelError, UsageError, did_you_mean

if TYPE_CHECKING:
    from nightlift.edit.devices import Device
    from nightlift.edit.engine import EngineName
    from nightlift.models import ReleasedModel


def estimator(
    method: str | None,
    model: str | Path | None,
    *,
    steps: int | None = None,
    size: int | None = None,
    engine: EngineName = "auto",
    device: Device = "cpu",
    threads: int | None = None,
    memory: int | None = None,
) -> Estimator:
    """The method of this name, or the model of this file, ready to be used.

    Raises ModelError and UsageError.
    """
    if method is not None and method in NAMES:
        from nightlift.classical import CLASSICAL

        if steps is not None or size is not None:
            raise UsageError(f"{method} is no network: steps and size do not apply to it")
        return CLASSICAL[method]
    from nightlift.edit.network import Network
    from nightlift.models import load

    assert method is not None or model is not None
    return Network(
        load(model) if model is not None else _found(str(method)),
        steps=steps,
        size=size,
        engine=engine,
        device=device,
        threads=threads,
        memory=memory,
    )


def check_arguments(
    method: object,
    model: object,
    edit: object,
    auto: object,
    controls: object,
    threads: int | None,
    memory: int | None,
) -> None:
    """Raise UsageError for arguments that are wrong whatever the method."""
    if sum(given is not None for given in (method, model, edit)) > 1:
        raise UsageError("expected a method, a model file or an edit, got several")
    if method is not None:
        check_type(method, str, "a method's name, such as 'natural'")
    if model is not None:
        file_name(model, "a model")
    if edit is not None:
        check_type(edit, Edit, "an Edit (nightlift.Edit.load reads a file)")
    if auto is not None:
        check_type(auto, bool, "auto as True, False or None")
    if controls is not None:
        check_type(controls, Controls, "controls such as nightlift.Controls(exposure=1)")
    for what, value in (("threads", threads), ("bytes of memory", memory)):
        if value is not None:
            whole(value, what, 1)


def check_with_edit(steps: int | None, size: int | None, auto: bool | None) -> None:
    """Raise UsageError for arguments that do not apply where an edit is given."""
    if steps is not None or size is not None:
        raise UsageError("an edit is no network: steps and size do not apply to it")
    if auto:
        raise UsageError("an edit is decided already: the exposure gate is not asked again")


def painter(painting: Painting, threads: int | None) -> Estimator:
    """The method that a saved edit was painted by: the model in its file, or an installed one.

    Raises ModelError where it is not there, or in another version.
    """
    file = painting.file or None
    if file is not None and not Path(file).exists():
        raise ModelError(
            f"this edit was painted by the model {file}, which is not there any more: put it "
            "back, or estimate the photo again"
        )
    method = painting.method if file is None else None
    found = estimator(method, file, threads=threads, **painting.options)
    if found.version != painting.version:
        raise ModelError(
            f"this edit was painted by {file or painting.method} {painting.version[:12]}, but "
            f"{found.version[:12]} is there now: estimate the photo again"
        )
    return found


def _found(name: str) -> ReleasedModel:
    """The model of this name; UsageError names the nearest method where there is none."""
    from nightlift.models import find, names

    if name in names():
        return find(name)
    known = (*NAMES, *names())
    hint = did_you_mean(name.lower(), known)
    if name.lower().endswith(".onnx"):
        hint = f"; a model's file is given by model={name}"
    raise UsageError(f"no method is called {name!r}{hint} (there are: {', '.join(known)})")
