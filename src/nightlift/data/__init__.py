"""Training and evaluation data: layouts, splits, checks, augmentation, synthetic darkness.

Free of PyTorch, and lazy: a collection holds paths, and a picture is read when it is asked for.
"""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.data.checking import check as check
    from nightlift.data.collection import open_collection as open_collection
    from nightlift.data.description import Brightness as Brightness
    from nightlift.data.description import DataDescription as DataDescription
    from nightlift.data.description import Range as Range
    from nightlift.data.description import describe as describe
    from nightlift.data.joining import joined as joined
    from nightlift.data.joining import split_each as split_each
    from nightlift.data.light import draw_light as draw_light
    from nightlift.data.listing import pictures_in as pictures_in
    from nightlift.data.listing import singles as singles
    from nightlift.data.listing import stem as stem
    from nightlift.data.packed import Made as Made
    from nightlift.data.packed import pack as pack
    from nightlift.data.packing import plan as plan
    from nightlift.data.pictures import Bytes as Bytes
    from nightlift.data.pictures import deep as deep
    from nightlift.data.pictures import picture as picture
    from nightlift.data.pictures import reference as reference
    from nightlift.data.pictures import shrunk as shrunk
    from nightlift.data.pictures import size as size
    from nightlift.data.pictures import small_gray as small_gray
    from nightlift.data.pictures import to_bytes as to_bytes
    from nightlift.data.pictures import upright as upright
    from nightlift.data.sample import Collection as Collection
    from nightlift.data.sample import Sample as Sample
    from nightlift.data.scene import darken_scene as darken_scene
    from nightlift.data.scene import draw_scene as draw_scene
    from nightlift.data.sidecar import RUN as RUN
    from nightlift.data.sidecar import read_json as read_json
    from nightlift.data.split import Split as Split
    from nightlift.data.split import data_hash as data_hash
    from nightlift.data.split import load as load
    from nightlift.data.split import with_split as with_split
    from nightlift.data.srgb import bent as bent
    from nightlift.data.srgb import encode as encode
    from nightlift.data.srgb import linear as linear
    from nightlift.data.synthesize import darken_physical as darken_physical
    from nightlift.data.synthetic_pairs import targets as targets
    from nightlift.data.workers import each as each
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "checking": ("check",),
            "collection": ("open_collection",),
            "description": ("Brightness", "DataDescription", "Range", "describe"),
            "joining": ("joined", "split_each"),
            "light": ("draw_light",),
            "listing": ("pictures_in", "singles", "stem"),
            "packed": ("Made", "pack"),
            "packing": ("plan",),
            "pictures": (
                "Bytes",
                "deep",
                "picture",
                "reference",
                "shrunk",
                "size",
                "small_gray",
                "to_bytes",
                "upright",
            ),
            "sample": ("Collection", "Sample"),
            "scene": ("darken_scene", "draw_scene"),
            "sidecar": ("RUN", "read_json"),
            "split": ("Split", "data_hash", "load", "with_split"),
            "srgb": ("bent", "encode", "linear"),
            "synthesize": ("darken_physical",),
            "synthetic_pairs": ("targets",),
            "workers": ("each",),
        },
        modules=("augment", "camera", "leakage", "object_pairs", "sidecar", "synthetic_pairs"),
    )
