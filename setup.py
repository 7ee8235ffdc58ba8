"""Build the optional extensions: kernels, once for each instruction set, and JPEG rows."""

import os
import platform
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

KERNELS = "nightlift.adjust._kernels"
ADJUST = "src/nightlift/adjust"
NAMES = (
    "arguments",
    "kernels",
    "lanes",
    "tables",
    "curves",
    "guide",
    "grid",
    "cube",
    "develop",
    "hue",
    "light",
    "pixels",
    "recode",
    "lookup",
    "planes",
)
HEADERS = [f"{ADJUST}/{name}.h" for name in NAMES]
DENOISER = "nightlift.denoise._denoise"
DENOISE = "src/nightlift/denoise/native"
DENOISE_HEADERS = [
    f"{DENOISE}/{name}.h"
    for name in (
        "denoise",
        "dct",
        "noise",
        "pairs",
        "windows",
        "tiles",
        "output",
        "energies",
        "flattest",
        "blocks",
    )
]
AVX512 = ("f", "bw", "dq", "vl", "vbmi")
INSTRUCTION_SETS = {
    "AVX2": ["-mavx2", "-mfma"],
    "AVX512": ["-mavx2", "-mfma", *(f"-mavx512{part}" for part in AVX512)],
}
MSVC = ["/std:c++17", "/O2", "/EHsc"]
QUICK = ["-std=c++17", "-O3", "-fvisibility=hidden", "-pthread", "-g0"]
if os.environ.get("NIGHTLIFT_SANITIZE"):  # see `make sanitize`
    CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    # GCC 12 takes the undefined operands in its own intrinsics for ours.
    CHECKED += ["-Wno-uninitialized", "-Wno-maybe-uninitialized"]
    QUICK = ["-std=c++17", "-O1", "-g", "-fno-omit-frame-pointer", "-pthread", *CHECKED]
    LINKED = ["-pthread", *CHECKED]
else:
    LINKED = ["-pthread"]
# Nothing here changes what strips or NaN give: no reassociation, no assumption about finiteness.
FLOATS = ["-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"]


def pybind11_include():
    """Return the folder of its headers; CompileError where it is missing."""
    try:
        import pybind11
    except ImportError as error:
        raise CompileError(f"pybind11 is needed to build the extensions: {error}") from error
    return pybind11.get_include()


class BuildExtensions(build_ext):
    """Compile the kernels once for each instruction set that the compiler knows, the rest once."""

    def build_extension(self, ext):
        if ext.name in (KERNELS, DENOISER):
            self.build_for_each_set(ext)
            return
        msvc = self.compiler.compiler_type == "msvc"
        ext.include_dirs = [pybind11_include()]
        ext.extra_compile_args = MSVC if msvc else QUICK
        ext.extra_link_args = [] if msvc else LINKED
        super().build_extension(ext)

    def build_for_each_set(self, ext):
        """Build from two sources: the first is compiled once, the second for each set."""
        binding, kernels = ext.sources
        include = pybind11_include()
        msvc = self.compiler.compiler_type == "msvc"
        flags = MSVC if msvc else QUICK
        objects, macros = self.compile_kernels(ext, kernels, flags, msvc)
        objects += self.compiler.compile(
            [binding],
            output_dir=self.build_temp,
            macros=macros,
            include_dirs=[include, *self.compiler.include_dirs],
            extra_postargs=flags,
            depends=ext.depends,
        )
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        self.compiler.link_shared_object(
            objects,
            str(target),
            target_lang="c++",
            extra_postargs=[] if msvc else LINKED,
            build_temp=self.build_temp,
        )

    def compile_kernels(self, ext, kernels, flags, msvc):
        """Return the objects, and macros that tell binding.cpp which of them there are."""
        floats = [] if msvc else FLOATS
        objects = self.compile_once(ext, kernels, "baseline", [], [*flags, *floats])
        macros = []
        if not msvc and platform.machine().lower() in ("x86_64", "amd64"):
            for name, extra in INSTRUCTION_SETS.items():
                macro = (f"NIGHTLIFT_{name}", "1")
                try:
                    objects += self.compile_once(
                        ext, kernels, name, [macro], [*flags, *floats, *extra]
                    )
                except CompileError as error:
                    self.warn(f"the kernels are built without {name}: {error}")
                else:
                    macros.append(macro)
        return objects, macros

    def compile_once(self, ext, kernels, name, macros, flags):
        return self.compiler.compile(
            [kernels],
            output_dir=str(Path(self.build_temp) / name),
            macros=macros,
            extra_postargs=flags,
            depends=ext.depends,
        )


setup(
    ext_modules=[
        Extension(
            KERNELS,
            [f"{ADJUST}/binding.cpp", f"{ADJUST}/kernels.cpp"],
            depends=HEADERS,
            language="c++",
            optional=True,
        ),
        Extension(
            DENOISER,
            [f"{DENOISE}/binding.cpp", f"{DENOISE}/denoise.cpp"],
            depends=[*DENOISE_HEADERS, *HEADERS],
            language="c++",
            optional=True,
        ),
        Extension(
            "nightlift.photo._jpeg_rows",
            ["src/nightlift/photo/jpeg_rows.cpp"],
            depends=["src/nightlift/photo/jpeg_bits.h"],
            language="c++",
            optional=True,
        ),
    ],
    cmdclass={"build_ext": BuildExtensions},
)
