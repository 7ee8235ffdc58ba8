"""What a request may ask for: checked, with sentences, and described in /openapi.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nightlift.edit import NAMES, Controls, Denoising, Mode
from nightlift.errors import UsageError, did_you_mean
from nightlift.web.views import Region

Asked = TypeVar("Asked", bound=BaseModel)


class EditParameters(BaseModel):
    """What is to be done to a photo, as in `nightlift enhance`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str | None = Field(None, description="see /v1/methods; default: the recommended one")
    strength: float = Field(1.0, ge=0, le=1.5, description="0 is the photo unchanged")
    auto: bool | None = Field(
        None, description="leave well-lit photos alone (default: unless a method is named)"
    )
    denoise: Mode | None = Field(
        None, description="auto: where noise would be seen (default unless a method is named)"
    )
    denoise_amount: float = Field(1.0, ge=0, le=1, description="how much noise is taken away")
    exposure: float = Field(0.0, ge=-5, le=5, description="in stops")
    highlights: float = Field(0.0, ge=-100, le=100, description="bright tones darker or brighter")
    shadows: float = Field(0.0, ge=-100, le=100, description="dark tones darker or brighter")
    black: float = Field(0.0, ge=-100, le=100, description="the black point lower or higher")
    warmth: float = Field(0.0, ge=-100, le=100, description="bluer or yellower")
    tint: float = Field(0.0, ge=-100, le=100, description="greener or more magenta")
    saturation: float = Field(0.0, ge=-100, le=100, description="grayer or more colorful")

    @property
    def gated(self) -> bool:
        """Whether the exposure gate decides how much of it is done."""
        return self.method is None if self.auto is None else self.auto

    @property
    def controls(self) -> Controls:
        """The editor's controls among the parameters."""
        return Controls(**{name: getattr(self, name) for name in NAMES})

    @property
    def denoising(self) -> Denoising:
        """How noise is taken away: where it would be seen, unless a method is named."""
        default: Mode = "auto" if self.method is None else "off"
        return Denoising(self.denoise or default, self.denoise_amount)


class FileParameters(EditParameters):
    """The parameters of `GET /v1/photos/{id}/file`: the edit, and how it is written."""

    format: Literal["same", "jpg", "jpeg", "png", "tiff", "webp", "avif", "jxl", "bmp"] = Field(
        "same", description="the result's format; same is the photo's own"
    )
    quality: int = Field(92, ge=1, le=100, description="of JPEG, WebP and AVIF")
    upright: bool = Field(False, description="turn the pixels, not the tag")
    strip: Literal["none", "gps", "all"] = Field("none", description="metadata not to keep")


class EnhanceParameters(FileParameters):
    """The parameters of `POST /v1/enhance`."""

    exact: bool = Field(False, description="the network at the photo's own size")
    preview: int | None = Field(
        None, ge=64, le=4096, description="long side in pixels of a small sRGB result instead"
    )


class ViewParameters(EditParameters):
    """The parameters of `GET /v1/photos/{id}/preview`: the edit, and what is to be seen of it."""

    size: int = Field(1280, ge=64, le=4096, description="long side in pixels, at most")
    region: str = Field(
        "",
        pattern=r"^(\d{1,6},\d{1,6},\d{1,6},\d{1,6})?$",
        description="left,top,width,height of a part of the upright photo; default: all of it",
    )

    @property
    def box(self) -> Region | None:
        """The region as numbers; None for the whole photo."""
        if not self.region:
            return None
        left, top, width, height = map(int, self.region.split(","))
        return left, top, width, height


def checked(kind: type[Asked], query: Mapping[str, str], fields: Mapping[str, str]) -> Asked:
    """The parameters from a query and a form; UsageError for what is unknown or out of range."""
    twice = sorted(set(query) & set(fields))
    if twice:
        raise UsageError(f"the parameter {twice[0]} came twice, in the address and in the form")
    try:
        return kind.model_validate({**query, **fields})
    except ValidationError as error:
        raise UsageError(_sentence(kind, error)) from error


def described(kind: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters as OpenAPI says them."""
    schema = kind.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": field.pop("description", ""),
            "schema": field,
        }
        for name, field in schema["properties"].items()
    ]


def _sentence(kind: type[BaseModel], error: ValidationError) -> str:
    """The first thing that is wrong."""
    wrong = error.errors(include_url=False)[0]
    name = str(wrong["loc"][0])
    if wrong["type"] == "extra_forbidden":
        hint = did_you_mean(name, kind.model_fields)
        return f"there is no parameter {name[:40]!r}{hint}"
    message = wrong["msg"][0].lower() + wrong["msg"][1:]
    return f"the parameter {name}: {message}, got {str(wrong['input'])[:40]!r}"
