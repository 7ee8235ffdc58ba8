"""How a video is encoded: which encoder, and its quality."""

from __future__ import annotations

from dataclasses import dataclass

from nightlift.errors import UsageError, did_you_mean

DEFAULT_CRF = {
    "libx264": 20,
    "libx264rgb": 20,
    "libx265": 22,
    "libvpx-vp9": 30,
    "libaom-av1": 30,
    "libsvtav1": 30,
}
"""Encoders that know --crf, and a value of each at which the loss is hard to see."""

WITH_PRESET = ("libx264", "libx264rgb", "libx265", "libsvtav1")

FAMILIAR = {
    "h264": "libx264",
    "avc": "libx264",
    "h265": "libx265",
    "hevc": "libx265",
    "av1": "libsvtav1",
    "vp9": "libvpx-vp9",
}
"""What people call an encoder."""


@dataclass(frozen=True)
class Encoding:
    """What the user asked for; None: what suits the file.

    `codec` is the name of one of FFmpeg's encoders, or a familiar one such as h264; `crf` its
    constant quality, smaller is better; `preset` its speed; `live`: each frame leaves the encoder
    before the next one comes.
    """

    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    live: bool = False

    def encoder(self, container: str, deep: bool) -> str:
        """The encoder's name: VP9 for WebM, H.265 above 8 bits, which players show, else H.264.

        Args:
            container: As FFmpeg calls it.
            deep: Whether frames have more than 8 bits.

        Returns:
            As FFmpeg calls it.
        """
        if self.codec is not None:
            return FAMILIAR.get(self.codec.lower(), self.codec)
        if container == "webm":
            return "libvpx-vp9"
        return "libx265" if deep else "libx264"

    def options(self, encoder: str) -> dict[str, str]:
        """The encoder's options.

        Args:
            encoder: As FFmpeg calls it.

        Returns:
            Texts by name.

        Raises:
            UsageError: The encoder has no such quality or preset.
        """
        options: dict[str, str] = {}
        if self.crf is not None and encoder not in DEFAULT_CRF:
            raise UsageError(f"--crf does not apply to the encoder {encoder}")
        if self.preset is not None and encoder not in WITH_PRESET:
            raise UsageError(f"--preset does not apply to the encoder {encoder}")
        crf = DEFAULT_CRF.get(encoder) if self.crf is None else self.crf
        if crf is not None:
            options["crf"] = f"{crf:g}"
        if encoder == "libvpx-vp9":
            options["b"] = "0"
        if encoder == "libx265":
            options["x265-params"] = "log-level=error"
        preset = self.preset
        if self.live and encoder in ("libx264", "libx265"):
            options["tune"] = "zerolatency"
            preset = preset or "veryfast"
        if preset is not None:
            options["preset"] = preset
        return options


def unknown(codec: str, known: list[str]) -> UsageError:
    """The error for an encoder that is not there; it names the nearest one."""
    hint = did_you_mean(codec, [*known, *FAMILIAR])
    return UsageError(f"no video encoder is called {codec!r}{hint} (such as libx264, libx265)")
