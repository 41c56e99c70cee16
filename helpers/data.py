"""Two sets of images with the same face, digits and CIFAR-10, and texts by character."""

import functools
import hashlib
import logging
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from helpers.cifar10_files import read_batch, read_classes
from helpers.texts import Text, load_names, load_shakespeare, load_text

TEXTS = {"names": load_names, "shakespeare": load_shakespeare, "text": load_text}
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"
FOLDER = "cifar-10-batches-py"
MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
    "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
}


@dataclass(frozen=True)
class Data:
    """Images as rows and their classes, in three parts.

    X_*      (S, M) float32, a row per image: channels, then rows, then columns; `shape` is (C, H, W), M = C H W
    T_*      (S,) int64, class ids 0 ... N-1; `classes` has their names
    """

    X_train: np.ndarray
    T_train: np.ndarray
    X_validation: np.ndarray
    T_validation: np.ndarray
    X_test: np.ndarray
    T_test: np.ndarray
    shape: tuple[int, int, int]
    classes: tuple[str, ...]

    def normalised(self, f: Callable[[np.ndarray], np.ndarray]) -> "Data":
        """The same data with f applied to every X."""
        return replace(
            self, **{name: f(getattr(self, name)) for name in ("X_train", "X_validation", "X_test")}
        )


def load(name: str, validation: int = 0, normalise: str | None = "mean image") -> Data | Text:
    """Load "digits" or "cifar10", or as a Text, without further arguments, "names", "shakespeare" or "text".

    digits         1,797 images of 8 × 8, values 0 to 16: 1,437 to train on, 360 to test
    cifar10        60,000 images of 3 × 32 × 32, values 0 to 255: the official 50,000 and 10,000
    names          4,508 given names, one a line, in small letters a to z
    shakespeare    tiny Shakespeare, 1,115,394 characters of his plays
    text           the file that TEXT names, of any kind of text; the names where it names none

    `validation` images are taken out of the training part. They, and the test part of digits, are a fixed choice
    that has every class in proportion. `normalise`, with statistics of the training part alone:

    "mean image"    X minus the mean image, as in the assignment
    "channel"       each channel minus its mean, over its standard deviation
    None            as it is

    CIFAR-10 comes from the folder in CIFAR10_DIR, else from the cache, else from a download; tiny Shakespeare likewise,
    with SHAKESPEARE_DIR. Raises ValueError for a file that is not CIFAR-10's or no text, ConnectionError where there is
    no network.
    """
    if name in TEXTS:
        return TEXTS[name]()
    loaders = {"digits": load_digits, "cifar10": load_cifar10}
    ways = {"mean image": minus_mean_image, "channel": per_channel, None: lambda data: data}
    if name not in loaders:
        choices = ", ".join(map(repr, [*loaders, *TEXTS]))
        raise ValueError(f"there is no data set {name!r}: choose one of {choices}")
    if normalise not in ways:
        raise ValueError(f"normalise={normalise!r} is unknown: choose 'mean image', 'channel' or None")
    return ways[normalise](hold_out(loaders[name](), validation))


def minus_mean_image(data: Data) -> Data:
    """X − mean over the training images, pixel by pixel."""
    mean = data.X_train.mean(0, dtype=float).astype(np.float32)
    return data.normalised(lambda X: X - mean)


def per_channel(data: Data) -> Data:
    """(X − mean) / standard deviation, of each channel over all training images and pixels."""
    C, pixels = data.shape[0], data.shape[1] * data.shape[2]
    channels = data.X_train.reshape(-1, C, pixels)
    mean, std = (
        f((0, 2), dtype=float).repeat(pixels).astype(np.float32) for f in (channels.mean, channels.std)
    )
    return data.normalised(lambda X: (X - mean) / std)


def hold_out(data: Data, count: int) -> Data:
    """The same data with `count` training images moved to the validation part."""
    S = len(data.T_train)
    if not 0 <= count < S:
        raise ValueError(f"validation={count}: there are {S} training images to take them from")
    if not count:
        return data
    held = in_proportion(data.T_train, count)
    X, T = data.X_train, data.T_train
    return replace(data, X_train=X[~held], T_train=T[~held], X_validation=X[held], T_validation=T[held])


def in_proportion(T: np.ndarray, count: int) -> np.ndarray:
    """A mask of `count` images, evenly spaced when all stand in the order of their classes."""
    mask = np.zeros(len(T), bool)
    mask[np.argsort(T, kind="stable")[np.arange(count) * len(T) // count]] = True
    return mask


def load_digits() -> Data:
    from sklearn.datasets import load_digits  # here, so that CIFAR-10 needs no scikit-learn

    X, T = load_digits(return_X_y=True)
    X, T = X.astype(np.float32), T.astype(np.int64)
    test = in_proportion(T, 360)
    none = X[:0], T[:0]
    return Data(X[~test], T[~test], *none, X[test], T[test], (1, 8, 8), tuple("0123456789"))


# CIFAR-10


def load_cifar10() -> Data:
    folder = cifar10_folder()
    batches = [read_batch(folder / name) for name in MD5 if "batch_" in name]
    X, T = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    X_test, T_test = read_batch(folder / "test_batch")
    classes = read_classes(folder / "batches.meta")
    X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    return Data(X, T, X[:0], T[:0], X_test, T_test, (3, 32, 32), classes)


def cifar10_folder() -> Path:
    """The folder with the seven files: CIFAR10_DIR, else the cache, else a download into the cache."""
    import pooch  # here, so that digits need no pooch

    if given := os.environ.get("CIFAR10_DIR"):
        folder = Path(given).expanduser()
        folder = folder / FOLDER if (folder / FOLDER).is_dir() else folder
        if missing := [name for name in MD5 if not (folder / name).is_file()]:
            raise ValueError(f"CIFAR10_DIR is {given}, and {missing[0]} is not there")
        say_if_not_official(folder)
        return folder
    cache = pooch.os_cache("gradients-line-by-line")
    if not (cache / FOLDER).is_dir():
        extract(download(cache), cache)
    return cache / FOLDER


@functools.cache
def say_if_not_official(folder: Path) -> None:
    """Log, in one sentence and once, that files are not those with the published md5; they are read all the same."""
    other = [n for n, md5 in MD5.items() if hashlib.md5((folder / n).read_bytes()).hexdigest() != md5]
    if other:
        said = "%d of %d files in %s are not byte for byte the official ones, %s first"
        logging.getLogger(__name__).warning(said, len(other), len(MD5), folder, other[0])


def download(cache: Path) -> Path:
    """The official archive, in the cache only when its md5 is right."""
    import pooch

    try:
        return Path(pooch.retrieve(URL, f"md5:{ARCHIVE_MD5}", Path(URL).name, cache, progressbar=True))
    except (OSError, ValueError) as error:  # no network; a download cut short
        raise ConnectionError(
            f"CIFAR-10 could not be downloaded ({type(error).__name__}): connect to the network and try again, or "
            f"put the folder {FOLDER} into {cache}, or set CIFAR10_DIR to a folder that holds it"
        ) from None  # the network's own traceback, pages of it, would hide this sentence


def extract(archive: Path, cache: Path) -> None:
    """The seven files, by name: nothing else in the archive is written, and half a folder never stays for long.

    A second process waits for the first, and what one left behind that was killed is cleared away.
    """
    from filelock import FileLock

    scratch = cache / f"{FOLDER}.unfinished"
    with FileLock(cache / f"{FOLDER}.lock"):
        if (cache / FOLDER).is_dir():
            return
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            unpack(archive, scratch)
            scratch.rename(cache / FOLDER)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def unpack(archive: Path, folder: Path) -> None:
    """Write the seven files into a new folder. Raises ValueError where one is missing, is no file, or is cut off."""
    folder.mkdir()
    try:
        with tarfile.open(archive) as tar:
            members = {member.name: member for member in tar}
            for name in MD5:
                member = members.get(f"{FOLDER}/{name}")
                if member is None or not member.isfile():
                    raise ValueError(f"{archive.name} has no file {FOLDER}/{name}")
                (folder / name).write_bytes(tar.extractfile(member).read())
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ValueError(f"{archive.name} is no whole archive: {error}") from None
