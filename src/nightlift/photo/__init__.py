"""A photograph and all that travels with it."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.photo.atomic import growing as growing
    from nightlift.photo.atomic import write_bytes as write_bytes
    from nightlift.photo.buffer_pool import MOST_KEPT as MOST_KEPT
    from nightlift.photo.buffer_pool import BufferPool as BufferPool
    from nightlift.photo.capture_time import moment as moment
    from nightlift.photo.channels import CLIPPED as CLIPPED
    from nightlift.photo.channels import LUMA as LUMA
    from nightlift.photo.channels import from_floats as from_floats
    from nightlift.photo.channels import gray_of as gray_of
    from nightlift.photo.color import srgb_decode as srgb_decode
    from nightlift.photo.color import srgb_encode as srgb_encode
    from nightlift.photo.color import to_srgb as to_srgb
    from nightlift.photo.file_bytes import snapshot as snapshot
    from nightlift.photo.formats import EXTENSIONS as EXTENSIONS
    from nightlift.photo.formats import HEIC_NAMES as HEIC_NAMES
    from nightlift.photo.formats import PHOTO_NAMES as PHOTO_NAMES
    from nightlift.photo.formats import RAW_NAMES as RAW_NAMES
    from nightlift.photo.formats import TargetFormat as TargetFormat
    from nightlift.photo.formats import recognize as recognize
    from nightlift.photo.formats import sniff as sniff
    from nightlift.photo.formats import target_format as target_format
    from nightlift.photo.header import dimensions as dimensions
    from nightlift.photo.header import failures as failures
    from nightlift.photo.header import named as named
    from nightlift.photo.kinds.codes import check_range as check_range
    from nightlift.photo.kinds.codes import to_codes as to_codes
    from nightlift.photo.kinds.taken import Kind as Kind
    from nightlift.photo.kinds.taken import Taken as Taken
    from nightlift.photo.kinds.taken import is_tensor as is_tensor
    from nightlift.photo.kinds.taken import take as take
    from nightlift.photo.kinds.tensors import check_shape as check_shape
    from nightlift.photo.matrix_rgb import KNOTS as KNOTS
    from nightlift.photo.matrix_rgb import Recoding as Recoding
    from nightlift.photo.matrix_rgb import RgbSpace as RgbSpace
    from nightlift.photo.matrix_rgb import rgb_space as rgb_space
    from nightlift.photo.metadata import GainMaps as GainMaps
    from nightlift.photo.metadata import Strip as Strip
    from nightlift.photo.metadata import losses as losses
    from nightlift.photo.metadata import traveling as traveling
    from nightlift.photo.orientation import transposes as transposes
    from nightlift.photo.orientation import turn as turn
    from nightlift.photo.orientation import turn_back as turn_back
    from nightlift.photo.originals import Originals as Originals
    from nightlift.photo.originals import canonical as canonical
    from nightlift.photo.originals import keeping as keeping
    from nightlift.photo.photo import File as File
    from nightlift.photo.photo import Floats as Floats
    from nightlift.photo.photo import Format as Format
    from nightlift.photo.photo import Mode as Mode
    from nightlift.photo.photo import Photo as Photo
    from nightlift.photo.photo import Pixels as Pixels
    from nightlift.photo.photo import check_pixels as check_pixels
    from nightlift.photo.photo import is_pixels as is_pixels
    from nightlift.photo.proxy import Divisor as Divisor
    from nightlift.photo.proxy import FixedSize as FixedSize
    from nightlift.photo.proxy import LongSide as LongSide
    from nightlift.photo.proxy import OwnSize as OwnSize
    from nightlift.photo.proxy import Resize as Resize
    from nightlift.photo.proxy import SizeRule as SizeRule
    from nightlift.photo.proxy import SmallCopy as SmallCopy
    from nightlift.photo.proxy import StripSample as StripSample
    from nightlift.photo.proxy import copy_size as copy_size
    from nightlift.photo.proxy import small_copy as small_copy
    from nightlift.photo.proxy import upright_sides as upright_sides
    from nightlift.photo.quantile import quantiles as quantiles
    from nightlift.photo.reading import checked as checked
    from nightlift.photo.reading import read as read
    from nightlift.photo.scene_light import LIGHT_NAMES as LIGHT_NAMES
    from nightlift.photo.scene_light import is_light as is_light
    from nightlift.photo.scene_light import read_light as read_light
    from nightlift.photo.writing import check_choices as check_choices
    from nightlift.photo.writing import check_writable as check_writable
    from nightlift.photo.writing import encode as encode
    from nightlift.photo.writing import write as write
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "atomic": ("growing", "write_bytes"),
            "buffer_pool": ("BufferPool", "MOST_KEPT"),
            "capture_time": ("moment",),
            "channels": ("CLIPPED", "LUMA", "from_floats", "gray_of"),
            "color": ("srgb_decode", "srgb_encode", "to_srgb"),
            "file_bytes": ("snapshot",),
            "formats": (
                "EXTENSIONS",
                "PHOTO_NAMES",
                "RAW_NAMES",
                "TargetFormat",
                "recognize",
                "sniff",
                "target_format",
                "HEIC_NAMES",
            ),
            "header": ("dimensions", "failures", "named"),
            "kinds.codes": ("check_range", "to_codes"),
            "kinds.taken": ("Kind", "Taken", "is_tensor", "take"),
            "kinds.tensors": ("check_shape",),
            "matrix_rgb": ("KNOTS", "Recoding", "RgbSpace", "rgb_space"),
            "metadata": ("GainMaps", "Strip", "losses", "traveling"),
            "orientation": ("transposes", "turn", "turn_back"),
            "originals": ("Originals", "canonical", "keeping"),
            "photo": (
                "File",
                "Floats",
                "Format",
                "Mode",
                "Photo",
                "Pixels",
                "check_pixels",
                "is_pixels",
            ),
            "proxy": (
                "Divisor",
                "FixedSize",
                "LongSide",
                "OwnSize",
                "Resize",
                "SizeRule",
                "SmallCopy",
                "StripSample",
                "copy_size",
                "small_copy",
                "upright_sides",
            ),
            "quantile": ("quantiles",),
            "reading": ("checked", "read"),
            "scene_light": ("LIGHT_NAMES", "is_light", "read_light"),
            "writing": ("check_choices", "check_writable", "encode", "write"),
        },
        modules=("color", "jpeg", "jpeg_rows", "jpeg_strips"),
    )
