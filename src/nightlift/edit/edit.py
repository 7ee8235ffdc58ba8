"""The edit: everything that is to be done to one photo, decided before its pixels are changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

from nightlift.adjust import Adjustment, Chain, Estimator, Scaled, check_strength
from nightlift.arguments import check_type, file_name, number
from nightlift.edit.controls import Controls
from nightlift.edit.denoising import Denoising, MeasuredNoise
from nightlift.errors import AdjustmentError
from nightlift.photo import File, Floats, Kind, Photo, is_tensor, take

if TYPE_CHECKING:
    from nightlift.edit.application import Application
    from nightlift.edit.lut.export import Exported


@dataclass(frozen=True, eq=False, repr=False)
class Painting:
    """What stands in an edit in place of an adjustment where a network paints the picture itself.

    `method` and `version` (its file's SHA-256) say which one, `options` how it was asked for;
    `file` is the absolute path of a model that was given as a file. `pooled` is what it gathered
    from the photo, where it sees that in tiles. `estimator` is the loaded method, found again by
    name or file where an edit comes from a file.
    """

    method: str
    version: str
    options: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    pooled: Floats | None = None
    estimator: Estimator | None = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Pickled without the loaded method, which is found again by name or file."""
        return {**self.__dict__, "estimator": None}


@dataclass(frozen=True, eq=False, repr=False)
class Edit:
    """Everything that is to be done to one photo.

    Either `adjustment` or `painting` makes the picture, at `strength` (0 to 1.5) times what the
    exposure `gate` allows (0 to 1; None: it was not asked); `controls` act on what comes out, and
    `denoising` on that. `method` and `version` say what estimated it; `notices` are sentences
    for the user. Used on another photo an edit keeps all of this, but not the `noise`, which was
    measured on the photo and is measured anew on others; files of edits do not hold it.
    """

    adjustment: Adjustment | None
    painting: Painting | None = None
    strength: float = 1.0
    gate: float | None = None
    controls: Controls = field(default_factory=Controls)
    denoising: Denoising = field(default_factory=Denoising)
    method: str = "adjustment"
    version: str = ""
    notices: tuple[str, ...] = ()
    noise: MeasuredNoise | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "strength", check_strength(self.strength))
        if self.gate is not None:
            object.__setattr__(self, "gate", number(self.gate, "a gate", 0, 1))
        check_type(self.controls, Controls, "controls such as nightlift.Controls(exposure=1)")
        check_type(self.denoising, Denoising, "denoising such as Denoising('auto')")
        if self.adjustment is not None:
            check_type(self.adjustment, Adjustment, "an adjustment such as a ToneTable")
        if (self.adjustment is None) == (self.painting is None):
            raise AdjustmentError("expected an edit with either an adjustment or a painting")

    @property
    def amount(self) -> float:
        """The strength that the gate leaves."""
        return self.strength if self.gate is None else self.strength * self.gate

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        return self.amount == 0 and self.controls.neutral

    @property
    def nbytes(self) -> int:
        """Memory of its arrays: megabytes where they are maps or grids."""
        from nightlift.edit.storage import packed

        return sum(array.nbytes for array in packed(self)[1].values())

    @overload
    def apply(
        self,
        photo: File,
        *,
        bgr: bool = False,
        white: float | None = None,
        threads: int | None = None,
        in_place: bool = False,
    ) -> Photo: ...

    @overload
    def apply(
        self,
        photo: Kind,
        *,
        bgr: bool = False,
        white: float | None = None,
        threads: int | None = None,
        in_place: bool = False,
    ) -> Kind: ...

    def apply(
        self,
        photo: Any,
        *,
        bgr: bool = False,
        white: float | None = None,
        threads: int | None = None,
        in_place: bool = False,
    ) -> Any:
        """The edited photo: same kind, size, type and metadata.

        Args:
            photo: A file (name, bytes, or open), which becomes a Photo; a Photo, PIL image, NumPy
                array or PyTorch tensor, one or a batch, which stays what it is: see docs/python.md.
            bgr: Whether an array's colors are in the order of OpenCV.
            white: The value that stands for white in an array, such as 4095 for 12 bits.
            threads: Processor threads to use; None: all.
            in_place: Whether the photo's pixels may be overwritten.

        Returns:
            The photo; a Photo has the edit's notices. Gradients pass through tensors that want
            them.

        Raises:
            ModelError: The edit is painted and its model is not there, or is another.
            UsageError: The photo's kind, shape, type or range is another.
        """
        if is_tensor(photo):
            from nightlift.edit.applying import stays_in_pytorch

            if stays_in_pytorch([self], photo):
                return self.module(bgr=bgr, white=white).to(photo.device)(photo)
        taken = take(photo, bgr=bgr, white=white)
        from nightlift.edit.applying import apply_each

        edits = [self] * len(taken.photos)
        return apply_each(edits, taken, threads=threads, in_place=in_place)

    def module(self, *, bgr: bool = False, white: float | None = None) -> Any:
        """The edit as a PyTorch module, `nightlift.adjust.tensors.EditModule`.

        It takes and gives (C, H, W) or (N, C, H, W) tensors, and moves to a device as modules do.

        Args:
            bgr: Whether colors are in the order of OpenCV.
            white: The value that stands for white; None: 1 for floats, 255 for uint8.

        Returns:
            The module.

        Raises:
            UsageError: The edit is painted or denoises.
        """
        from nightlift.edit.applying import module

        return module(self, bgr, white)

    def on(self, photo: Photo, threads: int | None = None) -> Application:
        """The edit made ready for a photo whose pixels may come in strips.

        Args:
            photo: Of which only the pixels' shape and type count.
            threads: Processor threads; None: all.

        Returns:
            What applies it to strips of pixels, in any order and from any thread.
        """
        from nightlift.edit.application import Application

        return Application(self, photo, threads)

    def pipeline(self) -> tuple[Adjustment | None, float]:
        """One adjustment for all that acts on each pixel alone, and the strength to apply it at.

        Returns:
            The adjustment, None where there is nothing to be done but painting; and 0 to 1.5.
        """
        lift = None if self.amount == 0 else self.adjustment
        if self.controls.neutral:
            return lift, self.amount
        last = self.controls.adjustment()
        if lift is None:
            return last, 1.0
        first = lift if self.amount == 1 else Scaled(lift, self.amount)
        return Chain((first, last)), 1.0

    def scaled(self, strength: float) -> Self:
        """The same edit at another strength.

        Args:
            strength: 0 to 1.5, times the edit's own; the product ends at 1.5.

        Returns:
            The edit.
        """
        return replace(self, strength=min(1.5, self.strength * check_strength(strength)))

    def smaller(self, factor: float) -> Self:
        """The same edit for a smaller copy of its photo.

        Such a copy has less noise, which cannot be measured on it any more.

        Args:
            factor: How many times the copy is smaller along each side.

        Returns:
            The edit.
        """
        return self if self.noise is None else replace(self, noise=self.noise.smaller(factor))

    def blend(self, other: Edit, share: float) -> Edit:
        """An edit between this one and another.

        Args:
            other: One of the same kind, neither of them painted.
            share: How far on the way to the other, 0 to 1.

        Returns:
            The edit.
        """
        share = number(share, "a share", 0, 1)
        return Edit.mean([self, other], [1 - share, share])

    @staticmethod
    def mean(edits: Iterable[Edit], weights: Iterable[float] | None = None) -> Edit:
        """The weighted mean of edits: of their adjustments' parameters and of all numbers.

        Args:
            edits: At least one, with adjustments of one kind, shape and settings.
            weights: As many, not negative, not all zero; None: all count the same.

        Returns:
            An edit with the first one's method; what is the same in all stays as it is.

        Raises:
            AdjustmentError: The edits do not match, or one of them is painted.
            UsageError: They are no edits.
        """
        from nightlift.edit.mean import mean

        return mean(edits, weights)

    def save(self, path: str | Path, *, overwrite: bool = True) -> Path:
        """Write the edit as a file (docs/edit.md has its format), whole or not at all.

        Args:
            path: The file's name.
            overwrite: Whether a file there is replaced.

        Returns:
            The path.

        Raises:
            WriteError: Nothing can be written there.
        """
        from nightlift.edit.storage import save

        return save(self, file_name(path, "an edit"), overwrite)

    @staticmethod
    def load(path: str | Path) -> Edit:
        """Read an edit that `save` wrote.

        Args:
            path: The file's name.

        Returns:
            The edit, equal to the one that was saved.

        Raises:
            AdjustmentError: The file is missing, damaged, or no edit.
        """
        from nightlift.edit.storage import load

        return load(file_name(path, "an edit"))

    def export(self, path: str | Path, photo: Any = None, *, overwrite: bool = False) -> Exported:
        """Write the edit for other programs, as a look-up table of colors in sRGB.

        Args:
            path: `.cube` for curves or a lattice, `.png` for a Hald CLUT, `.dtstyle` for a style
                of darktable with its .cube beside it, `.pp3` for a profile of RawTherapee with its
                Hald CLUT.
            photo: Of any kind: what an edit that is not the same everywhere is for. The nearest
                table that is the same everywhere is fitted to it.
            overwrite: Whether existing files may be replaced.

        Returns:
            The paths, and sentences about what the files do not hold of the edit.

        Raises:
            UsageError: The name ends otherwise, or a photo is needed.
            WriteError: A file exists already, or cannot be written.
        """
        from nightlift.edit.lut.export import export

        taken = None if photo is None else take(photo).one("to fit a table to")
        return export(self, file_name(path, "the table"), taken, overwrite)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Edit):
            return NotImplemented
        from nightlift.edit.storage import equal

        return equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """One line."""
        made = "painted" if self.adjustment is None else self.adjustment.kind
        gate = "" if self.gate is None else f", gate {self.gate:.2f}"
        controls = "" if self.controls.neutral else f", {self.controls.told()}"
        denoising = self.denoising
        denoise = f", denoise {denoising.mode} {denoising.amount:g}" if denoising.on else ""
        return (
            f"<Edit by {self.method}: {made}, strength {self.strength:g}{gate}{controls}{denoise}>"
        )
