"""The edit: what is to be done to a photo, who decides it, and how it is applied."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.edit.application import Application as Application
    from nightlift.edit.applying import apply_each as apply_each
    from nightlift.edit.catalog import CatalogEntry as CatalogEntry
    from nightlift.edit.catalog import methods as methods
    from nightlift.edit.controls import MOST_EXPOSURE as MOST_EXPOSURE
    from nightlift.edit.controls import NAMES as NAMES
    from nightlift.edit.controls import Controls as Controls
    from nightlift.edit.deciding import GATE_COPY as GATE_COPY
    from nightlift.edit.denoising import Denoising as Denoising
    from nightlift.edit.denoising import MeasuredNoise as MeasuredNoise
    from nightlift.edit.denoising import Mode as Mode
    from nightlift.edit.devices import Device as Device
    from nightlift.edit.devices import installed_builds as installed_builds
    from nightlift.edit.devices import installed_devices as installed_devices
    from nightlift.edit.devices import replacing_commands as replacing_commands
    from nightlift.edit.edit import Edit as Edit
    from nightlift.edit.engine import Engine as Engine
    from nightlift.edit.engine import EngineName as EngineName
    from nightlift.edit.engine import Ports as Ports
    from nightlift.edit.enhancer import RECOMMENDED as RECOMMENDED
    from nightlift.edit.enhancer import Enhancer as Enhancer
    from nightlift.edit.enhancing import enhance as enhance
    from nightlift.edit.gate import SEEN as SEEN
    from nightlift.edit.gate import appearance as appearance
    from nightlift.edit.gate import told_of_clip as told_of_clip
    from nightlift.edit.gathering import Gathering as Gathering
    from nightlift.edit.steps import each_step as each_step
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "application": ("Application",),
            "applying": ("apply_each",),
            "catalog": ("CatalogEntry", "methods"),
            "controls": ("Controls", "MOST_EXPOSURE", "NAMES"),
            "deciding": ("GATE_COPY",),
            "denoising": ("Denoising", "MeasuredNoise", "Mode"),
            "devices": ("Device", "installed_builds", "installed_devices", "replacing_commands"),
            "edit": ("Edit",),
            "engine": ("Engine", "EngineName", "Ports"),
            "enhancer": ("Enhancer", "RECOMMENDED"),
            "enhancing": ("enhance",),
            "gate": ("SEEN", "appearance", "told_of_clip"),
            "gathering": ("Gathering",),
            "steps": ("each_step",),
        },
    )
