"""Films as files, read back."""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load, save
from tiny import filmed_run

from vae.cli import main
from vae.data.sources import KANA
from vae.errors import RunError, VAEError
from vae.film import letters, movie
from vae.film.backdrop import BACKDROP_OPACITY
from vae.film.canvas import Box
from vae.film.class_names import ClassNames
from vae.film.frames import FrameRenderer
from vae.film.ground import coverage
from vae.film.interpolation import glide
from vae.film.latent_map import COVER
from vae.film.movie import HOLD, Reel, write
from vae.models.objectives import ELBO, OBJECTIVES
from vae.progress import Curve, to_json
from vae.runs import snapshots
from vae.runs.request import MAX_NAME
from vae.runs.snapshots import FOLDER, FORMAT
from vae.runs.store import Run, find
from vae.theme import CLASSES, CLASSES_ON_DARK

pytestmark = pytest.mark.usefixtures("runs_dir")

SIZE = (640, 360)
LARGE = (1280, 720)
SMALL = (160, 90)
# Two points of a class are told from others by their colour, and the name between them hides neither.
PAIR = np.array([(0, 0.6), (0, -0.6)])
SPOTS = {1: (0.0, 0.0), 2: (2.0, 0.0), 4: (0.0, 2.0), 0: (-2.0, -1.5)}  # label -> between its points
LATER = {1: (1.0, 1.0), 2: (-1.0, -1.5), 4: (-2.0, 1.5), 0: (2.0, -1.0)}
LABELS = [label for label in SPOTS for _ in PAIR]


def pairs(spots: dict[int, tuple[float, float]]) -> NDArray[np.float64]:
    return np.concatenate([PAIR + spot for spot in spots.values()])


def moving_run(**changes: Any) -> Run:
    between = (pairs(SPOTS) + pairs(LATER)) / 2
    return filmed_run([pairs(SPOTS), between, pairs(LATER)], LABELS, **changes)


def frames_of(path: Path) -> list[NDArray[np.uint8]]:
    """Every frame, as (H, W, 3)."""
    if path.suffix == ".gif":
        with Image.open(path) as file:
            images = []
            for place in range(getattr(file, "n_frames", 1)):
                file.seek(place)
                images.append(np.asarray(file.convert("RGB")))
            return images
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def seconds_of(path: Path) -> float:
    if path.suffix == ".gif":
        with Image.open(path) as file:
            return sum(_durations(file)) / 1000
    with av.open(str(path)) as container:
        assert container.duration is not None
        return container.duration / av.time_base


def _durations(file: Image.Image) -> Iterator[int]:
    for place in range(getattr(file, "n_frames", 1)):
        file.seek(place)
        yield file.info["duration"]


def palettes_of(content: bytes) -> tuple[bool, int]:
    """Whether a GIF has a palette for all frames, and how many frames have one of their own."""
    at, own = 13, 0
    if content[10] & 0x80:
        at += 3 * 2 ** ((content[10] & 7) + 1)
    while content[at] != 0x3B:  # the end
        image = content[at] == 0x2C
        flags = content[at + 9] if image else 0
        own += bool(flags & 0x80)
        at += (11 if image else 2) + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
        while content[at]:
            at += content[at] + 1
        at += 1
    return bool(content[10] & 0x80), own


def found_at(frame: NDArray[np.uint8], label: int, dark: bool, near: int) -> NDArray[np.float64]:
    """Where the points of a class are, in px across and down: the middle of what has their colour, on the left below the legend, where
    the map is."""
    tone = (CLASSES_ON_DARK.get(label) if dark else None) or CLASSES[label]
    colour = np.array([int(tone[place : place + 2], 16) for place in (1, 3, 5)])
    panel = frame[frame.shape[0] // 2 + 7, int(0.42 * frame.shape[1])]  # nobody is there
    shown = COVER * colour + (1 - COVER) * panel
    top = int(0.15 * frame.shape[0])
    left = frame[top:, : int(0.52 * frame.shape[1])]
    rows, columns = np.nonzero(np.abs(left - shown).max(-1) < near)
    assert len(rows) > 8, f"no point of class {label}"
    return np.array([columns.min() + columns.max(), rows.min() + rows.max() + 2 * top]) / 2


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
@pytest.mark.parametrize("dark", [False, True])
def test_points_are_where_the_first_and_the_last_snapshot_have_them(suffix: str, dark: bool, tmp_path: Path) -> None:
    path = tmp_path / f"film{suffix}"
    write(path, moving_run(), seconds=0.5, fps=10, size=LARGE, dark=dark)
    frames = frames_of(path)
    near = 16 if suffix == ".gif" else 30  # a video has colours at half the resolution
    origin, right, up = (found_at(frames[0], label, dark, near) for label in (1, 2, 4))
    unit = (right - origin)[0] / 2
    assert unit > 20
    np.testing.assert_allclose(right - origin, (2 * unit, 0), atol=1)
    np.testing.assert_allclose(up - origin, (0, -2 * unit), atol=1)  # what is more is above
    for frame, spots in ((frames[0], SPOTS), (frames[-1], LATER)):
        for label, (x, y) in spots.items():
            np.testing.assert_allclose(found_at(frame, label, dark, near), origin + unit * np.array([x, -y]), atol=1.5)
    assert (frames[0].mean() < 100) == dark


@pytest.mark.parametrize(("suffix", "fps"), [(".gif", 10), (".mp4", 25), (".mp4", 30)])
def test_it_has_the_size_the_frames_and_the_length_that_were_asked_for(suffix: str, fps: int, tmp_path: Path) -> None:
    path = tmp_path / f"film{suffix}"
    write(path, moving_run(), seconds=1, fps=fps, size=SMALL)
    frames = frames_of(path)
    assert frames[0].shape == (SMALL[1], SMALL[0], 3)
    still_frames = 1 if suffix == ".gif" else round(HOLD * fps)
    assert len(frames) == pytest.approx(fps + still_frames, abs=1)
    assert seconds_of(path) == pytest.approx(1 + HOLD, abs=1.6 / fps)


def test_a_gif_plays_for_ever_and_has_one_palette_with_flat_grounds(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    write(path, moving_run(), seconds=0.5, size=SIZE)
    with Image.open(path) as file:
        assert file.info["loop"] == 0
    assert palettes_of(path.read_bytes()) == (True, 0)
    for frame in frames_of(path):
        assert len(np.unique(frame[:8].reshape(-1, 3), axis=0)) == 1, "the rim is one colour"
        assert tuple(frame[0, 0]) == (0xF6, 0xF7, 0xF9)


def test_a_video_begins_with_what_a_player_needs_first(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write(path, moving_run(), seconds=0.2, size=SMALL)
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


def test_the_playhead_goes_through_the_curves_with_the_epochs(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    write(path, moving_run(), seconds=1, fps=10, size=SIZE)
    frames = frames_of(path)
    row, first = 336, round(0.577 * SIZE[0])
    at = [int(frame[row, first:].sum(-1, dtype=int).argmin()) for frame in frames]
    assert at == sorted(at)
    assert at[-1] - at[0] > 0.35 * SIZE[0]
    np.testing.assert_allclose(at, np.linspace(at[0], at[-1], len(at)), atol=2)


@dataclass(frozen=True)
class Lifted(ELBO):
    """The bound, and a constant."""

    kind: ClassVar[str] = "lifted"

    def loss(self, terms: Any, beta: Any) -> Any:
        return super().loss(terms, beta) + 1000

    def loss_title(self, beta: float) -> str:
        return f"{super().loss_title(beta)} + a thousand"


def test_the_loss_is_that_of_the_runs_objective(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OBJECTIVES, "lifted", Lifted)
    plain, lifted = (
        Reel(moving_run(**changes), 2, SMALL, dark=False, fades=True).renderer
        for changes in ({}, {"objective": Lifted()})
    )
    np.testing.assert_allclose(lifted.charts[0].values, plain.charts[0].values + 1000)
    np.testing.assert_array_equal(lifted.charts[1].values, plain.charts[1].values)
    assert [renderer.charts[0].title for renderer in (plain, lifted)] == [
        "Loss: reconstruction + KL",
        "Loss: reconstruction + KL + a thousand",
    ]


def test_every_snapshot_has_as_much_time_as_any_other() -> None:
    run = filmed_run([pairs(SPOTS)] * 4, LABELS, steps=[0, 1, 2, 40])
    reel = Reel(run, 31, SMALL, dark=False, fades=True)
    epochs = [reel.moment(frame).epoch for frame in (0, 10, 20, 30)]
    assert epochs == pytest.approx([0, 0.25, 0.5, 10])
    assert [reel.moment(frame).between for frame in (0, 5)] == pytest.approx([0, 0.5])


def test_a_glide_passes_every_snapshot_without_a_jump_and_leaves_no_room_between_them() -> None:
    spots = np.random.default_rng(0).standard_normal((6, 50, 2)).astype(np.float32)
    for place in range(6):
        np.testing.assert_allclose(glide(spots, place), spots[place], atol=1e-6)
    for time in np.linspace(0, 5, 101):
        first = min(int(time), 4)
        low, high = (kind(spots[first : first + 2], axis=0) for kind in (np.min, np.max))
        here = glide(spots, time)
        assert (here >= low - 1e-5).all()
        assert (here <= high + 1e-5).all()
    step = 1e-3
    for place in range(1, 5):
        before = (glide(spots, place) - glide(spots, place - step)) / step
        after = (glide(spots, place + step) - glide(spots, place)) / step
        np.testing.assert_allclose(before, after, atol=0.05)
    np.testing.assert_array_equal(glide(spots[:1], 0), spots[0])


CASES: dict[str, dict[str, Any]] = {
    "a line": {"dims": 1},
    "many dimensions": {"dims": 7},
    "colour": {"shape": (3, 8, 8)},
    "tall": {"shape": (1, 20, 6), "dims": 3},
    "wide": {"shape": (3, 6, 20), "dims": 1},
    "nothing held out": {"held_out": False},
    "no labels": {"label": -1, "classes": ()},
    "many classes": {"classes": [f"class {number}" for number in range(14)]},
    "before the first epoch is done": {"steps": [0, 1, 2], "epochs": 5},
    "one point": {"count": 1},
}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_run_has_a_film_that_moves(case: str, dark: bool, tmp_path: Path) -> None:
    chosen = dict(CASES[case])
    dims, count, label = chosen.pop("dims", 2), chosen.pop("count", 12), chosen.pop("label", None)
    means = [np.random.default_rng(seed).standard_normal((count, dims)) for seed in range(3)]
    classes = chosen.get("classes", ("a", "b", "c"))
    labels = [label if label is not None else place % len(classes) for place in range(count)]
    path = tmp_path / "film.gif"
    write(path, filmed_run(means, labels, **chosen), seconds=0.4, fps=10, size=SIZE, dark=dark)
    frames = frames_of(path)
    assert len(frames) == 4
    moved = np.abs(frames[-1].astype(int) - frames[0]).max(-1) > 30
    half = SIZE[0] // 2
    assert moved[:, :half].any(), "points, or samples of a line"
    assert moved[: SIZE[1] // 3, half:].any(), "reconstructions"


@pytest.mark.parametrize("dims", [1, 2, 5])
def test_colour_images_have_their_colours(dims: int) -> None:
    means = [np.random.default_rng(seed).standard_normal((12, dims)) for seed in range(2)]
    run = filmed_run(means, [place % 3 for place in range(12)], shape=(3, 8, 8))
    for step, colour in ((0, (200, 40, 10)), (4, (20, 60, 220))):
        path = run.folder / FOLDER / f"{step:09d}.safetensors"
        drawn = load(path.read_bytes())
        for name in ("samples", "reconstructions"):
            drawn[name][:] = np.array(colour, np.uint8)[:, None, None]
        path.write_bytes(save(drawn, {"format": FORMAT}))
    reel = Reel(run, 3, LARGE, dark=False, fades=True)
    pairs_at, grid, originals = reel.renderer.pairs, reel.renderer.samples, run.film.about.originals

    def inside(image: Image.Image, cell: Box) -> Image.Image:
        left, top, wide, high = cell
        return image.crop((round(left), round(top), round(left + wide), round(top + high)))

    for frame, colour in ((0, (200, 40, 10)), (1, (110, 50, 115)), (2, (20, 60, 220))):
        image = reel.at(frame)
        for n, original in enumerate(originals):
            crop = inside(image, pairs_at.cell(n)).resize((8, 8), Image.Resampling.NEAREST)
            np.testing.assert_array_equal(np.asarray(crop), original.transpose(1, 2, 0))
            made = np.asarray(inside(image, pairs_at.cell(len(originals) + n)))
            assert np.abs(made[5:-5, 5:-5] - np.array(colour)).max() <= 1
        if grid is not None:
            assert np.abs(np.asarray(inside(image, grid.cell(0)))[5:-5, 5:-5] - np.array(colour)).max() <= 1
        if dims == 2:
            # Behind the points they are faint, and fade where no image is.
            spots, on, canvas = reel.moment(frame).spots, reel.renderer.map, reel.renderer.canvas
            assert spots is not None
            assert on is not None
            values, left, bottom, cell = coverage(spots, (-on.span, on.span), (-on.span, on.span))
            seen = 0
            middles = (-2.25, -0.75, 0.75, 2.25)
            for place in itertools.product(middles, middles):
                row, column = int((place[1] - bottom) / cell), int((place[0] - left) / cell)
                around = values[row - 1 : row + 2, column - 1 : column + 2]
                if np.hypot(*(spots - place).T).min() < 0.3 or np.ptp(around) > 0.2:
                    continue  # a point lies there, or it depends on the very spot
                x, y = canvas.at(on.place(place))
                tone = np.array(image.getpixel((round(x), round(y))))
                cover = values[row, column] * BACKDROP_OPACITY
                assert np.abs(tone - (255 + cover * (np.array(colour) - 255))).max() < 12
                seen += values[row, column] > 0.5
            assert seen
            x, y = canvas.at(on.place((-2.99, 2.99)))
            assert np.array(image.getpixel((round(x), round(y)))).min() > 250, "it ends in no edge"


def test_one_snapshot_is_a_film_that_holds_still(tmp_path: Path) -> None:
    run = filmed_run([pairs(SPOTS)], LABELS)
    for suffix in (".gif", ".mp4"):
        write(tmp_path / f"film{suffix}", run, fps=10, size=SMALL)
        frames = frames_of(tmp_path / f"film{suffix}")
        assert all(np.abs(frame.astype(int) - frames[0]).mean() < 0.5 for frame in frames)
        assert seconds_of(tmp_path / f"film{suffix}") == pytest.approx(HOLD, abs=0.11)


def test_a_run_that_goes_on_is_shown_as_far_as_it_is() -> None:
    reel = Reel(moving_run(epochs=30), 5, SMALL, dark=False, fades=True)
    assert reel.renderer.scene.epochs == 30
    assert reel.renderer.scene.shown == 2
    assert reel.moment(4).epoch == 2


def test_a_long_name_leaves_room_for_the_epoch() -> None:
    run = moving_run()
    reel = Reel(run, 2, (640, 360), dark=False, fades=True)
    run.rename("W" * MAX_NAME)
    named = Reel(find(run.id), 2, (640, 360), dark=False, fades=True)
    frames = [np.asarray(next(one.frames())) for one in (reel, named)]
    changed = np.flatnonzero((frames[0] != frames[1]).any((0, 2)))
    assert 300 < changed.max() < (reel.renderer.header.epoch_at[0] - 100) / 2, (
        "the name runs into what stands at the right"
    )


def test_a_model_for_a_range_says_at_which_beta_it_is_seen() -> None:
    scenes = [
        Reel(moving_run(beta_range=beta), 2, SMALL, dark=False, fades=True).renderer.scene for beta in (None, (0.1, 10))
    ]
    assert ["β 1" in scene.subtitle for scene in scenes] == [False, True]


def test_frames_are_told_and_stopping_leaves_what_was_there(tmp_path: Path) -> None:
    run, path = moving_run(), tmp_path / "film.gif"
    calls: list[tuple[int, ...]] = []
    write(path, run, seconds=0.5, fps=10, size=SMALL, on_step=lambda *step: calls.append(step))
    assert calls == [(frame, 5) for frame in range(1, 6)]
    before = path.read_bytes()

    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    for name in ("film.gif", "film.mp4"):
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / name, run, seconds=1, fps=10, size=SMALL, on_step=stop)
    assert path.read_bytes() == before
    assert list(tmp_path.glob("*film*")) == [path]


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        ("film.avi", {}, r"film\.avi.*\.gif.*\.mp4"),
        ("film", {}, r"\.gif"),
        ("film.gif", {"seconds": 0}, "seconds"),
        ("film.gif", {"seconds": float("nan")}, "seconds"),
        ("film.gif", {"fps": 0.5}, "fps"),
        ("film.gif", {"size": (20, 1000)}, "size"),
        ("film.mp4", {"size": (641, 360)}, "even"),
        ("file/film.gif", {}, r"file.film\.gif.*could not be written"),
    ],
)
def test_what_can_not_be_is_said_before_the_work_begins(
    name: str, settings: dict[str, Any], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file")
    run = moving_run()
    monkeypatch.setattr(movie, "Reel", None)
    with pytest.raises(VAEError, match=named):
        write(tmp_path / name, run, **settings)
    assert not (tmp_path / name).exists()


def test_a_run_without_snapshots_says_so(tmp_path: Path) -> None:
    run = filmed_run([pairs(SPOTS)], LABELS)
    (run.folder / FOLDER / "000000000.safetensors").unlink()
    with pytest.raises(RunError, match=re.escape(run.title) + ".*no snapshot"):
        write(tmp_path / "film.gif", run)
    with pytest.raises(RunError, match=r"request\.json"):
        write(tmp_path / "film.gif", Run(run.folder, None))
    assert not list(tmp_path.glob("*film*"))


def spoil(run: Run, *steps: int) -> None:
    for step in steps:
        path = run.folder / FOLDER / f"{step:09d}.safetensors"
        path.write_bytes(path.read_bytes()[:-5])


def without_pictures(run: Run, *steps: int) -> None:
    for step in steps:
        path = run.folder / FOLDER / f"{step:09d}.safetensors"
        path.write_bytes(save({"mean": load(path.read_bytes())["mean"]}, {"format": FORMAT}))


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("spoiled", [0, 4, 8])
def test_a_film_goes_on_without_a_damaged_snapshot(dims: int, spoiled: int, tmp_path: Path) -> None:
    means = [np.random.default_rng(seed).standard_normal((12, dims)) for seed in range(3)]
    run = filmed_run(means, [place % 3 for place in range(12)])
    spoil(run, spoiled)
    left = [step for step in (0, 4, 8) if step != spoiled]
    reel = Reel(run, 3, SMALL, dark=False, fades=True)
    assert [reel.moment(frame).epoch for frame in (0, 2)] == [step / 4 for step in left]
    assert reel.moment(1).epoch == sum(left) / 8
    for suffix in movie.FILM_KINDS:
        write(tmp_path / f"film{suffix}", run, seconds=0.3, fps=10, size=SMALL)
        assert len(frames_of(tmp_path / f"film{suffix}")) >= 3


@pytest.mark.parametrize(("dims", "times"), [(1, 1), (2, 1), (7, 2)])
def test_what_a_film_is_made_of_is_read_once(dims: int, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """But of many dimensions, of which some snapshots say first in which plane they are seen."""
    means = [np.random.default_rng(seed).standard_normal((12, dims)) for seed in range(8)]
    run = filmed_run(means, [place % 3 for place in range(12)])
    seen: list[str] = []
    read = snapshots._read
    monkeypatch.setattr(
        snapshots,
        "_read",
        lambda path, names=(): seen.extend(f"{path.stem} {name}" for name in names) or read(path, names),
    )
    reel = Reel(run, 9, SMALL, dark=False, fades=True)
    for _ in reel.frames():
        pass
    counts = Counter(seen)
    for step in range(0, 32, 4):
        assert 1 <= counts[f"{step:09d} mean"] <= times + (step == 28 and dims > 2)
        assert counts[f"{step:09d} samples"] == counts[f"{step:09d} reconstructions"] == 1
    assert counts[f"{12:09d} mean"] == 1, "no plane is found there"


@pytest.mark.parametrize("spoiled", [[28], [16, 28], [0, 4, 8, 16, 28]])
def test_many_dimensions_are_seen_in_the_plane_of_the_last_snapshot_that_can_be_read(spoiled: list[int]) -> None:
    means = [np.random.default_rng(seed).standard_normal((12, 5)) for seed in range(8)]
    labels = [place % 3 for place in range(12)]
    left = [place for place in range(7) if 4 * place not in spoiled]
    run, whole = filmed_run(means, labels), filmed_run(means[:7], labels)
    spoil(run, *spoiled)
    spoil(whole, *(step for step in spoiled if step < 28))
    reel, expected = (Reel(each, 3, SMALL, dark=False, fades=True) for each in (run, whole))
    assert reel.steps == expected.steps == [4 * place for place in left]
    np.testing.assert_array_equal(reel.spots, expected.spots)


def test_where_no_snapshot_can_be_read_the_first_is_named(tmp_path: Path) -> None:
    run = moving_run()
    spoil(run, 0, 4, 8)
    with pytest.raises(RunError, match=r"000000000.*damaged"):
        write(tmp_path / "film.gif", run, seconds=0.2, size=SMALL)
    assert not list(tmp_path.glob("*film*"))


@pytest.mark.parametrize(
    ("missing", "shown"), [([4], [0, 0, 2, 3]), ([0, 4], [2, 2, 2, 3]), ([4, 8, 12], [0, 0, 0, 0]), ([], [0, 1, 2, 3])]
)
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 0, 2, 1), (1, 3, 1, 0, 2)])
def test_pictures_that_can_not_be_read_are_the_last_good_ones_and_points_move_on(
    missing: list[int], shown: list[int], order: tuple[int, ...]
) -> None:
    means = [pairs(SPOTS), pairs(LATER), pairs(SPOTS), pairs(LATER)]
    whole, run = filmed_run(means, LABELS), filmed_run(means, LABELS)
    without_pictures(run, *missing)
    good, reel = (Reel(each, 4, SMALL, dark=False, fades=True) for each in (whole, run))
    for place in order:
        expected, drawn = good.film.read(4 * shown[place]), reel.pictures(place)
        pictures = good.renderer.pictures(expected.samples, expected.reconstructions)
        np.testing.assert_array_equal(np.asarray(drawn.pairs), np.asarray(pictures.pairs))
        np.testing.assert_array_equal(reel.moment(place).spots, good.moment(place).spots)


def test_where_no_picture_can_be_read_the_file_is_named(tmp_path: Path) -> None:
    run = moving_run()
    without_pictures(run, 0, 4, 8)
    with pytest.raises(RunError, match=r"000000000.*not a snapshot"):
        write(tmp_path / "film.gif", run, seconds=0.2, size=SMALL)


def test_without_the_typeface_there_are_words_for_what_pillow_has_no_letters_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = moving_run(beta_range=(0.1, 10))
    write(tmp_path / "film.gif", run, seconds=0.2, size=SIZE)
    monkeypatch.setattr(letters, "_face", lambda: None)
    letters._font.cache_clear()
    try:
        assert letters._sayable("β 1, −2, z₁") == "beta 1, -2, z1"
        write(tmp_path / "plain.gif", run, seconds=0.2, size=SIZE)
    finally:
        letters._font.cache_clear()
    shown, plain = (frames_of(tmp_path / name)[0][:40, :330] for name in ("film.gif", "plain.gif"))
    assert (shown != plain).any()
    assert len(np.unique(plain.reshape(-1, 3), axis=0)) > 3, "there is a title"


@pytest.mark.parametrize("typeface", [True, False])
@pytest.mark.parametrize(
    ("classes", "shown"),
    [
        (KANA, "0123456789"),
        (("a", "き", "c"), "012"),
        (("T-shirt", "Ankle boot"), ("T-shirt", "Ankle boot")),
        (("0", "1"), "01"),
        ((), ()),
    ],
)
def test_classes_are_told_apart_by_numbers_where_the_typeface_lacks_a_letter_of_their_names(
    classes: Sequence[str], shown: Sequence[str], typeface: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not typeface:
        monkeypatch.setattr(letters, "_face", lambda: None)
    letters._font.cache_clear()
    try:
        labels = [place % len(classes) if classes else -1 for place in range(len(LABELS))]
        drawn = Reel(filmed_run([pairs(SPOTS)], labels, classes=classes), 1, SIZE, dark=False, fades=True).renderer
        assert list(drawn.class_names) == list(shown)
        masks = [names_of(drawn).words(name)[1].at((0, 0))[1].tobytes() for name in drawn.class_names]
        assert len(set(masks)) == len(masks)
    finally:
        letters._font.cache_clear()


def test_of_what_the_page_writes_the_typeface_has_all() -> None:
    assert letters._face() is not None
    assert letters.has_letters("β − – ₀₁₂₃₄₅₆₇₈₉ × é ß")
    assert not letters.has_letters("Sandal お")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("classes", "dims", "there"),
    [(10, 2, True), (12, 5, True), (14, 2, False), (1, 2, False), (0, 2, False), (3, 1, False)],
)
def test_a_legend_names_the_colours_of_up_to_a_dozen_classes(classes: int, dims: int, there: bool, dark: bool) -> None:
    names = [f"class {label}" for label in range(classes)]
    labels = [place % classes if classes else -1 for place in range(30)]
    means = [np.random.default_rng(seed).standard_normal((30, dims)) for seed in range(2)]
    drawn = Reel(filmed_run(means, labels, classes=names), 2, LARGE, dark=dark, fades=True).renderer
    row = np.asarray(drawn.canvas.image)[76:92].reshape(-1, 3)
    for colour in drawn.colours:
        assert (row == colour).all(axis=1).any() == there


def named(spots: NDArray[np.floating], classes: int, size: tuple[int, int] = LARGE) -> FrameRenderer:
    """The renderer of a film whose points are at these spots, a class after the other."""
    labels = [place % classes for place in range(len(spots))]
    names = [("0", "Trouser", "Ankle boot")[label % 3] + "!" * (label // 3) for label in range(classes)]
    return Reel(filmed_run([spots], labels, classes=names), 1, size, dark=False, fades=True).renderer


def names_of(drawn: FrameRenderer) -> ClassNames:
    assert drawn.names is not None
    return drawn.names


def boxes(drawn: FrameRenderer, places: NDArray[np.floating]) -> NDArray[np.float64]:
    """Left, top, right and bottom of what is drawn of each name."""
    corners = []
    for name, place in zip(drawn.class_names, places, strict=True):
        (x, y), mask = names_of(drawn).words(name)[1].at((place[0], place[1]))
        left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
        corners.append((x + left, y + top, x + right, y + bottom))
    return np.array(corners)


@pytest.mark.parametrize("size", [LARGE, (800, 450)])
@pytest.mark.parametrize(
    "spots",
    [
        np.zeros((12, 2)),
        np.full((12, 2), 2.9),
        np.full((12, 2), -50.0),
        0.2 * np.random.default_rng(0).standard_normal((12, 2)),
    ],
    ids=["in one place", "in a corner", "beyond the map", "in a knot"],
)
def test_no_name_of_a_class_hides_another_or_leaves_the_map(spots: NDArray[np.floating], size: tuple[int, int]) -> None:
    around = np.concatenate([spots, [(3.0, 3.0)] * 12])  # so that the map shows what it shows of any run
    drawn = named(around, 12, size)
    corners = boxes(drawn, names_of(drawn).places(spots.astype(np.float32)[np.arange(24) % 12]).at)
    assert drawn.map is not None
    (left, top), (right, bottom) = drawn.map.corners
    assert (corners[:, :2] >= (left - 1, top - 1)).all()
    assert (corners[:, 2:] <= (right + 1, bottom + 1)).all()
    for one in range(12):
        for other in range(one):
            apart = np.maximum(corners[one, :2] - corners[other, 2:], corners[other, :2] - corners[one, 2:])
            assert apart.max() > -2.5, "rims of two corners at most"


def test_names_that_have_room_stand_where_their_points_are() -> None:
    spots = np.array([(-2, -2), (2, 2), (-2, 2)], np.float32)
    drawn = named(spots, 3)
    assert drawn.map is not None
    np.testing.assert_allclose(names_of(drawn).places(spots).at, drawn.map.pixels(spots), atol=1.1)


def test_names_glide_also_where_classes_change_places() -> None:
    first = np.array([(-1, 0), (1, 0), (0, 0.4)], float)
    run = filmed_run([first, first[[1, 0, 2]]], [0, 1, 2], classes=["Trouser", "Sneaker", "Bag"])
    reel = Reel(run, 60, LARGE, dark=False, fades=True)
    names = np.array([each.at for frame in range(60) if (each := reel.moment(frame).names) is not None])
    speed = np.hypot(*np.diff(names, axis=0).transpose(2, 0, 1))
    assert speed.max() < 25, "where one is let through"
    for frame in (0, 59):
        spots = reel.moment(frame).spots
        assert spots is not None
        assert reel.renderer.map is not None
        np.testing.assert_allclose(names[frame], reel.renderer.map.pixels(spots), atol=12)
    for places in names:
        corners = boxes(reel.renderer, places)
        for one, other in ((0, 1), (0, 2), (1, 2)):
            apart = np.maximum(corners[one, :2] - corners[other, 2:], corners[other, :2] - corners[one, 2:])
            assert apart.max() > -2.5


def test_the_command_line_makes_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, path = moving_run(), tmp_path / "film.gif"
    assert main(["film", run.id, "--out", str(path), "--seconds", "0.3", "--dark"]) == 0
    assert "film.gif" in capsys.readouterr().out
    with Image.open(io.BytesIO(path.read_bytes())) as file:
        assert file.size == movie.FILM_KINDS[".gif"].size
    assert frames_of(path)[0].mean() < 100
    assert main(["film", str(run.folder), "--out", str(path), "--seconds", "0.3", "--progress", "--force"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{frame} 4" for frame in range(1, 5)]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--out", "film.txt"], "film.txt"),
        (["--out", "film.gif", "--seconds", "-1"], "seconds"),
    ],
)
def test_the_command_line_names_what_is_wrong(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = moving_run()
    monkeypatch.chdir(tmp_path)
    assert main(["film", run.id, *arguments]) == 2
    assert named in capsys.readouterr().err
    assert main(["film", "20200101-000000-000000", "--out", "film.gif"]) == 2
    assert "no run" in capsys.readouterr().err


def test_a_film_has_a_chart_for_each_term() -> None:
    run = filmed_run([pairs(SPOTS), pairs(LATER)], LABELS)
    (done,) = run.progress()
    plain = Reel(run, 2, SIZE, dark=False, fades=False).renderer
    curve = Curve(20, 3, {"total correlation": 0.5})
    (run.folder / "progress.jsonl").write_text(to_json(done._replace(train=curve, validation=curve)))
    more = Reel(run, 2, SIZE, dark=False, fades=False).renderer
    assert len(plain.charts) == 3
    assert [chart.values.tolist() for chart in more.charts] == [[23.0], [20.0], [3.0], [0.5]]
    ends = [chart.box[1] + chart.box[3] for chart in more.charts]
    assert all(end < below.box[1] for end, below in zip(ends, more.charts[1:], strict=False))
    assert ends[-1] <= plain.charts[-1].box[1] + plain.charts[-1].box[3] + 1e-6
