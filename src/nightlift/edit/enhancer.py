"""Enhancer: a photo in, an edit or a better photo out, by any method."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from nightlift.adjust import check_strength
from nightlift.edit import deciding
from nightlift.edit.applying import apply_each, apply_in_pytorch, stays_in_pytorch
from nightlift.edit.controls import Controls
from nightlift.edit.denoising import Denoising, MeasuredNoise, Mode
from nightlift.edit.edit import Edit
from nightlift.edit.gathering import Gathering
from nightlift.edit.loading import check_arguments, check_with_edit, estimator
from nightlift.errors import UsageError
from nightlift.photo import (
    File,
    Floats,
    Kind,
    Photo,
    SmallCopy,
    is_tensor,
    take,
    upright_sides,
)

if TYPE_CHECKING:
    from nightlift.adjust import Estimator
    from nightlift.edit.devices import Device
    from nightlift.edit.engine import EngineName

RECOMMENDED = "natural"
"""What is used when no method is named: of what this package holds, the best one by looking."""


class Enhancer:
    """One method, loaded once; safe to use from several threads.

    Args:
        method: A name as in `nightlift methods`; None: the recommended one.
        model: The path of any released file, in place of a name.
        edit: An edit that is used on every photo, in place of a method.
        auto: Whether the exposure gate may fade the strength; None: where nothing is named, and
            as it did in a given edit, which False brings to its whole strength.
        denoise: How noise is taken away, see `nightlift.edit.denoising.Mode`; None: auto where
            nothing is named, else off, or as in a given edit.
        denoise_amount: How much of it, 0 to 1.
        controls: An editor's settings, on top of what the method does.
        steps: Curve steps of Zero-DCE.
        size: The long side in pixels of the small copy that the network sees.
        engine: As in `nightlift.edit.engine.EngineName`.
        device: Where networks run, as in `nightlift.edit.devices.Device`. `auto` takes an
            accelerator that is there and starts, with a DeviceWarning for one that does not.
        threads: Processor threads used for one photo; None: all.
        memory: Bytes that a network may take at a photo's own size; None: 3 GB. One that pools
            over a photo which is too large for that is approximated in tiles, and says so.

    Raises:
        ModelError: The model is missing, damaged, or not installed.
        UsageError: The arguments do not fit each other.
    """

    def __init__(
        self,
        method: str | None = None,
        *,
        model: str | Path | None = None,
        edit: Edit | None = None,
        auto: bool | None = None,
        denoise: Mode | None = None,
        denoise_amount: float = 1.0,
        controls: Controls | None = None,
        steps: int | None = None,
        size: int | None = None,
        engine: EngineName = "auto",
        device: Device = "cpu",
        threads: int | None = None,
        memory: int | None = None,
    ) -> None:
        check_arguments(method, model, edit, auto, controls, threads, memory)
        unnamed = method is None and model is None and edit is None
        self.threads = threads
        self.auto = unnamed if auto is None else auto
        self.controls = controls
        self.denoising = deciding.asked_denoising(denoise, denoise_amount, edit, unnamed)
        self._file = None if model is None else str(Path(model).absolute())
        self._arguments = {"method": method, "model": self._file, "steps": steps, "size": size}
        self._arguments |= {"engine": engine, "device": device, "memory": memory}
        self.edit = edit
        if edit is not None:
            check_with_edit(steps, size, auto)
            self.edit = replace(edit, gate=None, notices=()) if auto is False else edit
            return
        self._estimator = estimator(
            method if method is not None or model is not None else RECOMMENDED,
            self._file,
            steps=steps,
            size=size,
            engine=engine,
            device=device,
            threads=threads,
            memory=memory,
        )

    def with_settings(
        self,
        *,
        auto: bool | None = None,
        denoising: Denoising | None = None,
        controls: Controls | None = None,
    ) -> Enhancer:
        """The same loaded method with other settings.

        Args:
            auto: Whether the gate is asked; None: as here.
            denoising: How noise is taken away; None: as here.
            controls: An editor's settings; None: as here.

        Returns:
            An enhancer that shares the loaded model.
        """
        other = object.__new__(type(self))  # a copy would open the model again, as pickles do
        other.__dict__.update(self.__dict__)
        other.auto = self.auto if auto is None else auto
        other.controls = controls or self.controls
        other.denoising = denoising or self.denoising
        return other

    @property
    def name(self) -> str:
        """The method's name, as in `nightlift methods`; `edit` where an edit was given."""
        return "edit" if self.edit is not None else self._estimator.name

    @property
    def arguments(self) -> dict[str, Any]:
        """How the method was named and loaded; None: not said."""
        return dict(self._arguments)

    def estimate(
        self,
        photo: File | Kind,
        strength: float = 1.0,
        *,
        exact: bool = False,
        paint: bool | None = None,
        noise: MeasuredNoise | None = None,
        bgr: bool = False,
        white: float | None = None,
    ) -> Edit:
        """What is to be done to a photo, decided from a small copy of it.

        Args:
            photo: One photo of any kind, see `Edit.apply`; a copy that is smaller will do.
            strength: 0 to 1.5, blends on pixels.
            exact: Whether the network should see the photo at its own size, or by the published
                resize, whichever the method has; in float32, unless an engine was named.
            paint: Whether a method that paints pictures may do so; False asks for an adjustment
                that comes near. None: up to a megapixel, and where `exact` is asked for.
            noise: That of the photo at full size, where a copy is given; None: it is measured.
            bgr: See `Edit.apply`.
            white: See `Edit.apply`.

        Returns:
            The edit, for this photo or any other.
        """
        taken = take(photo, bgr=bgr, white=white).one("to estimate")
        return self._estimated(taken, strength, exact, paint, noise)

    def _estimated(
        self,
        photo: Photo,
        strength: float,
        exact: bool,
        paint: bool | None,
        noise: MeasuredNoise | None = None,
    ) -> Edit:
        check_strength(strength)
        if self.edit is not None:
            given = self._settled(self.edit, strength)
            return given if noise is None else replace(given, noise=noise)
        own = self._own(exact)
        measuring = noise is None and self.measures_noise
        measured = deciding.noise_beside(photo, self.threads) if measuring else None
        painting = deciding.painting_by(own, self._file, photo, exact, paint)
        seen = deciding.GATE_COPY.of(photo) if self.auto else None
        found = painting or deciding.copy_of(own, exact).of(photo)
        noise = noise if measured is None else measured()
        return self._settled(deciding.decided(own, photo, found, seen, noise), strength)

    def gather(self, photo: Photo, strength: float = 1.0, *, exact: bool = False) -> Gathering:
        """An estimate of a photo whose pixels come in strips.

        Args:
            photo: Of which only the shape counts, and what it tells besides pixels.
            strength: 0 to 1.5.
            exact: See `estimate`.

        Returns:
            What takes the strips and then gives the edit.

        Raises:
            UsageError: The photo would be painted, or the method looks at it as a whole.
        """
        check_strength(strength)
        if self.edit is not None:
            given = self._settled(self.edit, strength)
            if given.painting is not None and given.amount:
                raise UsageError(f"this edit is painted by {given.method} on the whole photo")

            def same(_: list[Floats], noise: MeasuredNoise | None) -> Edit:
                return replace(given, noise=noise)

            return Gathering(photo, [], same, self.measures_noise)
        own, copy = self._own(exact), deciding.copy_of(self._estimator, exact)
        if own.paints(*upright_sides(photo), exact) or copy.resize != "area":
            raise UsageError(f"{self.name} looks at the whole photo")

        def decide(copies: list[Floats], noise: MeasuredNoise | None) -> Edit:
            seen = copies[1] if self.auto else None
            return self._settled(deciding.decided(own, photo, copies[0], seen, noise), strength)

        needed = [copy, deciding.GATE_COPY] if self.auto else [copy]
        return Gathering(photo, needed, decide, self.measures_noise)

    @overload
    def __call__(
        self,
        photo: File,
        strength: float = 1.0,
        *,
        exact: bool = False,
        bgr: bool = False,
        white: float | None = None,
    ) -> Photo: ...

    @overload
    def __call__(
        self,
        photo: Kind,
        strength: float = 1.0,
        *,
        exact: bool = False,
        bgr: bool = False,
        white: float | None = None,
    ) -> Kind: ...

    def __call__(
        self,
        photo: Any,
        strength: float = 1.0,
        *,
        exact: bool = False,
        bgr: bool = False,
        white: float | None = None,
    ) -> Any:
        """The better photo: the estimated edit, applied; each of a batch by its own.

        Args:
            photo: One photo or a batch of any kind, see `Edit.apply`; left untouched.
            strength: 0 to 1.5; 0 is the photo bit for bit.
            exact: See `estimate`.
            bgr: See `Edit.apply`.
            white: See `Edit.apply`.

        Returns:
            The same kind of thing, of the same size and type, with the same metadata; a Photo for
            a file.
        """
        taken = take(photo, bgr=bgr, white=white)
        edits = [self._estimated(one, strength, exact, None) for one in taken.photos]
        if is_tensor(photo) and stays_in_pytorch(edits, photo):
            return apply_in_pytorch(edits, photo, bgr=bgr, white=white)
        return apply_each(edits, taken, threads=self.threads)

    def required_memory(self, height: int, width: int, *, exact: bool = False) -> int:
        """Memory that a network takes for a photo, estimated from above.

        Args:
            height: Of the upright photo, in pixels.
            width: Likewise.
            exact: See `estimate`.

        Returns:
            Bytes; 0 where no network looks at the photo at its own size.
        """
        if self.edit is not None:
            return 0
        return self._estimator.required_memory(height, width, exact)

    def paints(self, height: int, width: int, *, exact: bool = False) -> bool:
        """Whether a photo of this size is painted, rather than adjusted.

        Args:
            height: Of the upright photo, in pixels.
            width: Likewise.
            exact: See `estimate`.

        Returns:
            False for a given edit.
        """
        return self.edit is None and self._estimator.paints(height, width, exact)

    def small_copy(self) -> SmallCopy:
        """The small copy from which an adjustment is estimated.

        Returns:
            How it is made of a photo.
        """
        return deciding.GATE_COPY if self.edit is not None else self._estimator.small_copy()

    @property
    def measures_noise(self) -> bool:
        """Whether an estimate, or what comes of it, needs the photo's noise."""
        if self.edit is not None:
            return (self.denoising or self.edit.denoising).on
        denoises = self.denoising is not None and self.denoising.on
        return denoises or self._estimator.holds_black

    def _settled(self, edit: Edit, strength: float) -> Edit:
        """An edit as it is asked for here: at a strength, with these controls and denoising."""
        controls, denoising = self.controls or edit.controls, self.denoising or edit.denoising
        return replace(edit.scaled(strength), controls=controls, denoising=denoising)

    def _own(self, exact: bool) -> Estimator:
        """The method; what is asked for exactly is computed in float32, whatever is installed."""
        return self._estimator.in_float32() if exact else self._estimator

    def __repr__(self) -> str:
        """One line."""
        denoising = self.denoising
        denoise = f", denoise {denoising.mode}" if denoising is not None and denoising.on else ""
        controls = "" if self.controls is None else f", {self.controls.told()}"
        return f"<Enhancer {self.name}{', auto' if self.auto else ''}{denoise}{controls}>"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its arguments: the model is opened again."""
        auto = None if self.edit is not None else self.auto
        chosen: dict[str, Any] = {"auto": auto, "controls": self.controls}
        if self.denoising is not None:
            chosen |= {"denoise": self.denoising.mode, "denoise_amount": self.denoising.amount}
        chosen |= {"edit": self.edit, "threads": self.threads}
        return partial(type(self), **self.arguments, **chosen), ()
