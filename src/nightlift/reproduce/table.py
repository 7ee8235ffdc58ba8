"""The five systems' tables: what they published, where it is written, and what differs here."""

from __future__ import annotations

from nightlift.errors import UsageError, did_you_mean
from nightlift.reproduce.claims import Claim, Needed, PictureSet, Reproduction, Weights

NIQE = Needed("niqe.npz", "NIQE's statistics of pristine photos (mu_pris_param, cov_pris_param)")
ROUNDED = "everything is measured after rounding to 8 bits, at the pictures' own size"
UNIFORM = "SSIM has a 7x7 uniform window, as scikit-image computes it unless told otherwise"
GAUSSIAN = "SSIM has the 11x11 Gaussian window of Wang et al. 2004, over red, green and blue"
NO_MATCHING = "brightness is never matched to the reference"


def _fivek(part: str, count: int | None) -> PictureSet:
    folder = Needed("fivek", "FiveK, 512 px long side: input/ and expertC_gt/, and split.json")
    return PictureSet(f"FiveK {part}", "fivek", folder, part, count)


def _glenet_claims() -> tuple[Claim, ...]:
    said = "dongkwonjin/GleNet re-implementation's document, validation part"
    paper = "Kim, Koh, Kim, ECCV 2020"
    rows = (
        ("GEN", 23.94, 0.862, said),
        ("GEN+LEN", 24.54, 0.887, said),
        ("GEN", 25.47, 0.917, paper),
        ("GEN+LEN", 25.88, 0.925, paper),
    )
    return tuple(
        Claim("FiveK validation", row, metric, value, source)
        for row, psnr, ssim, source in rows
        for metric, value in (("psnr", psnr), ("ssim-uniform", ssim))
    )


GLENET = Reproduction(
    name="glenet",
    title="GLeNet: GEN and GEN+LEN on FiveK at 512 px, validation and training part",
    weights=(
        Weights(
            "GEN",
            "glenet-global",
            Needed(
                "weights/GleNet.index",
                "the re-implementation's GEN as TensorFlow saved it, its file of data beside it",
                # The index holds the checksum of every tensor, so that it stands for the data too.
                "18a92a4541322444e1247f1a1debdd1ac0a65e13e1eaaea9a6eb7578576bf1c6",
                optional=True,
            ),
        ),
        Weights(
            "GEN+LEN",
            "glenet",
            Needed(
                "weights/GleNet-with-LEN.index",
                "the same of GEN and LEN together",
                "2c157292432c41089c9d6caefb403cbfef6e29cf086e3fddf973f4d6c66f2261",
                optional=True,
            ),
        ),
    ),
    pictures=(_fivek("validation", 500), _fivek("train", 4500)),
    claims=_glenet_claims(),
    metrics=("psnr", "ssim-uniform", "psnr-mean-matched"),
    differences=(
        ROUNDED,
        UNIFORM,
        NO_MATCHING,
        "the published split of 4,500 and 500 pictures is not known: split.json tells yours",
    ),
)

DEEP_UPE = Reproduction(
    name="deep-upe",
    title="DeepUPE on FiveK at its own aspect ratio, with corners aligned and not",
    weights=(
        Weights(
            "corners aligned",
            "deep-upe",
            Needed(
                "weights/epoch_48_psnr_23.677.pth",
                "the re-implementation's published checkpoint",
                "2af369bf2505efc23a9a4676629e46d49763352a8b4525c03c0bcb390dbde842",
            ),
        ),
    ),
    pictures=(_fivek("validation", 500),),
    claims=tuple(
        Claim("FiveK validation", "corners aligned", metric, value, "DeepUPE re-implementation")
        for metric, value in (("psnr", 23.55), ("ssim-uniform", 0.858))
    ),
    metrics=("psnr", "ssim-uniform", "psnr-mean-matched"),
    differences=(
        ROUNDED,
        UNIFORM,
        NO_MATCHING,
        "the published random split of 4,500 and 500 pictures is stored with its run, not at hand",
        "illuminations below 1/64 divide as 1/64 where corners are aligned, else as they are",
        "corners not aligned: grid_sample's default since PyTorch 1.3, which the published "
        "weights were not trained for",
    ),
)

_NIQE_CLAIMS = {"MEF": 3.23, "LIME": 3.72, "NPE": 4.11, "VV": 2.58, "DICM": 3.57}


def _enlightengan(row: str, file: str, what: str) -> Weights:
    return Weights(row, "enlightengan", Needed(f"weights/{file}", what, optional=True))


ENLIGHTENGAN = Reproduction(
    name="enlightengan",
    title="EnlightenGAN: NIQE on the classic sets, beside CLAHE, for each feature loss",
    weights=(
        _enlightengan("relu5_1", "relu5_1.pth", "generator with the paper's feature loss"),
        _enlightengan("relu5_3", "relu5_3.pth", "generator trained with relu5_3"),
        _enlightengan("stylefeat", "stylefeat.pth", "generator trained with the style losses"),
    ),
    pictures=tuple(
        PictureSet(name, "folder", Needed(name, f"the photos of {name}", optional=True), "all")
        for name in _NIQE_CLAIMS
    ),
    claims=tuple(
        Claim(name, "relu5_1", "niqe", value, "Jiang et al., TIP 2021 (MATLAB's NIQE)")
        for name, value in _NIQE_CLAIMS.items()
    ),
    metrics=("niqe", "loe"),
    differences=(
        ROUNDED,
        "NIQE differs between programs and parameters: the paper's is MATLAB's, so that only "
        "differences between rows can be compared",
        "the authors' code halves pictures wider than 2,200 px and enlarges the result again",
    ),
    further=(NIQE,),
    rows=("clahe",),
)


def _smnet_claims() -> tuple[Claim, ...]:
    paper = "Lin et al., TMM 2022"
    lol = {
        "psnr": 24.55,
        "ssim": 0.864,
        "vif": 0.535,
        "fsim": 0.969,
        "iw-ssim": 0.962,
        "loe": 182.0,
    }
    fivek = {"psnr": 22.23, "ssim": 0.849, "loe": 126.0}
    return tuple(
        Claim(pictures, row, metric, value, paper)
        for pictures, row, values in (("LOL eval15", "LOL", lol), ("FiveK subset", "FiveK", fivek))
        for metric, value in values.items()
    )


SMNET = Reproduction(
    name="smnet",
    title="SMNet on LOL's 15 evaluation pairs, and on its subset of FiveK",
    weights=(
        Weights("LOL", "smnet", Needed("weights/lol.pth", "checkpoint for LOL", optional=True)),
        Weights(
            "FiveK",
            "smnet-fivek",
            Needed("weights/fivek.pth", "checkpoint for FiveK", optional=True),
        ),
    ),
    pictures=(
        PictureSet(
            "LOL eval15",
            "lol",
            Needed("eval15", "LOL's evaluation pairs: low/ and high/", optional=True),
            "all",
            15,
        ),
        PictureSet(
            "FiveK subset",
            "lol",
            Needed("fivek", "the paper's FiveK pairs: low/ and high/", optional=True),
            "all",
        ),
    ),
    claims=_smnet_claims(),
    metrics=("psnr", "ssim", "vif", "fsim", "iw-ssim", "loe", "psnr-mean-matched"),
    differences=(
        ROUNDED,
        GAUSSIAN,
        NO_MATCHING,
        "sides that are no multiples of 4 are reflected, where the published code crops",
    ),
)

ZERO_DCE = Reproduction(
    name="zero-dce",
    title="Zero-DCE: the demo folder enhanced, its comparison sheet, results every N epochs",
    weights=(
        Weights(
            "paper",
            "zero-dce",
            Needed(
                "weights/Epoch99.pth",
                "the authors' checkpoint (CC BY-NC 4.0)",
                "a4395acb874f320375d9704997cef874eaaaaa26a1777ceb29a92b70f74c3612",
                optional=True,
            ),
        ),
        Weights(
            "other losses",
            "zero-dce",
            Needed(
                "weights/8LE-color-loss2_best_model.pth",
                "the re-implementation's checkpoint (no license file)",
                "cefb9cfe376f438329b1e394484319661c598c789bb37b03748007737e859cff",
                optional=True,
            ),
        ),
    ),
    pictures=(
        PictureSet("demo", "folder", Needed("demo", "the photos of the demo folder"), "all"),
    ),
    claims=(),
    metrics=("loe", "hue-drift", "lifted-shadows", "speckle"),
    differences=(
        "it publishes a figure and no numbers: compare comparison.pdf with it by eye",
        "results are of the network at the photo's own size, after step 8 (paper) or 4 of 8",
    ),
    further=(
        Needed("run", "a run of `nightlift train zero-dce --set snapshot_every=N`", optional=True),
    ),
)

REPRODUCTIONS = {one.name: one for one in (GLENET, DEEP_UPE, ENLIGHTENGAN, ZERO_DCE, SMNET)}


def reproduction(name: str) -> Reproduction:
    """The reproduction of a name.

    Args:
        name: As in `REPRODUCTIONS`.

    Returns:
        What belongs to it.

    Raises:
        UsageError: There is none; the sentence names the nearest.
    """
    if name in REPRODUCTIONS:
        return REPRODUCTIONS[name]
    hint = did_you_mean(name, REPRODUCTIONS)
    raise UsageError(
        f"nothing of {name} can be reproduced{hint} (there are: {', '.join(REPRODUCTIONS)})"
    )
