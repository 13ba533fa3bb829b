"""The film of a training as a GIF or an MP4."""

from __future__ import annotations

__all__ = ["FILM_KINDS", "HOLD", "FilmKind", "write"]

import io
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.errors import RunError, VAEError
from vae.files import check_writable, temporary_folder, write_atomic
from vae.film.interpolation import between, glide, split
from vae.film.view_plane import reach, shown, view_plane, view_plane_step
from vae.progress import OnStep
from vae.runs.store import Run

if TYPE_CHECKING:
    from PIL import Image

    from vae.film.frames import FrameRenderer
    from vae.film.names import Names
    from vae.film.scene import Moment, Pictures, Scene
    from vae.runs.snapshots import About, SnapshotReader

HOLD = 1.5  # seconds of the last frame
MAX_SECONDS = 600.0  # seconds
MAX_RATE = 60.0  # frames a second
SIDES = (90, 4096)  # px
MAX_NAMED = 50  # classes; more could not be told apart, and their names would take long to find room
COLOURS = 127  # of a GIF, besides one for what doesn't change from frame to frame
COLOUR_DISTANCE = 8  # levels between a flat colour and any other
COLOUR_FRAMES = 8  # frames that they are chosen from
QUALITY = {"crf": "17", "preset": "veryfast", "tune": "animation"}


class FilmKind(NamedTuple):
    """A kind of file."""

    title: str
    mime: str  # what a browser is told that it is
    use: str  # what it is good for, in a sentence or two
    fps: float  # frames a second, unless somebody wants others
    size: tuple[int, int]  # px, likewise
    fades: bool  # whether pictures go over into each other; in a GIF every pixel that changes counts
    even: bool  # whether width and height must be
    encode: Callable[[Reel, float], bytes]


class Reel:
    """The frames of a film: `motion` of them, and then the last one for a while."""

    def __init__(self, run: Run, motion: int, size: tuple[int, int], *, dark: bool, fades: bool) -> None:
        """Raises `RunError` where there is nothing to show, or none of it can be read. Snapshots that can't be read are left out."""
        from vae.film.frames import FrameRenderer

        self.film = run.film
        seen = _seen(run, self.film)
        self.steps, self.spots = seen.steps, seen.spots
        self.epochs = [self.film.epoch(step) for step in self.steps]
        self.renderer: FrameRenderer = FrameRenderer(
            _scene(run, self.film.about, seen, self.epochs[-1]), size, dark=dark
        )
        self.size, self.fades = size, fades
        self.motion = motion if len(self.steps) > 1 else 1
        self.recent: dict[int, Pictures] = {}
        self.on_step: OnStep | None = None
        self.names: list[Names] = []  # where those of classes stand, as far as that has been asked for

    def at(self, frame: int) -> Image.Image:
        """A frame, counted from 0."""
        return self.renderer.draw(self.moment(frame))

    def frames(self) -> Iterator[Image.Image]:
        """One after another."""
        for frame in range(self.motion):
            yield self.at(frame)
            if self.on_step is not None:
                self.on_step(frame + 1, self.motion)

    def moment(self, frame: int) -> Moment:
        """What there is to see in a frame."""
        from vae.film.scene import Moment

        time = self._time(frame)
        before, after, share = split(time, len(self.steps))
        epoch = between(self.epochs, time)
        spots = None if self.spots is None else glide(self.spots, time)
        shown = share if self.fades else float(share >= 0.5)
        return Moment(epoch, spots, self._names_at(frame), self.pictures(before), self.pictures(after), shown)

    def _time(self, frame: int) -> float:
        """The place among the snapshots that a frame is at."""
        share = frame / (self.motion - 1) if self.motion > 1 else 1.0
        return share * (len(self.steps) - 1)

    def _names_at(self, frame: int) -> Names | None:
        """Where the names of classes stand in a frame, which depends on all the frames before."""
        on = self.renderer.names
        if self.spots is None or on is None or len(on.names) > MAX_NAMED:
            return None
        while len(self.names) <= frame:
            spots = glide(self.spots, self._time(len(self.names)))
            self.names.append(on.places(spots, self.names[-1] if self.names else None))
        return self.names[frame]

    def pictures(self, place: int) -> Pictures:
        """The pictures of the snapshot with this place among all of them, or of the last one before whose pictures can be read, or else
        of the first one after; the last few are kept. Raises `RunError` where none can be read."""
        if place not in self.recent:
            pictures = self._nearest(place)
            self.recent = dict(list(self.recent.items())[-2:])
            self.recent[place] = pictures
        return self.recent[place]

    def _nearest(self, place: int) -> Pictures:
        problem: RunError | None = None
        for other in (*range(place, -1, -1), *range(place + 1, len(self.steps))):
            if other in self.recent:
                return self.recent[other]
            try:
                samples, made = self.film.drawn(self.steps[other])
            except RunError as error:
                problem = problem or error
                continue
            return self.renderer.pictures(samples, made)
        assert problem is not None
        raise problem


def write(
    path: str | Path,
    run: Run,
    *,
    seconds: float = 12.0,
    fps: float | None = None,
    size: tuple[int, int] | None = None,
    dark: bool = False,
    on_step: OnStep | None = None,
) -> None:
    """Writes what there is so far of a run's film, as a GIF or an MP4, which the file's suffix says. It plays for `seconds`, and then shows
    its last frame for `HOLD`; `size` is in px, across and down. What `on_step` raises ends it, and nothing is written.

    Raises `RunError` where there are no snapshots or none can be read, and `VAEError` for settings that no film can have or a file that
    can't be written, before any work is done.
    """
    path = Path(path)
    kind = FILM_KINDS.get(path.suffix.lower())
    if kind is None:
        raise VAEError(
            f"{path}: a film is a {' or '.join(f'{suffix} file' for suffix in FILM_KINDS)}, which its name must say."
        )
    fps = kind.fps if fps is None else fps
    wide, high = kind.size if size is None else size
    if not 0 < seconds <= MAX_SECONDS:
        raise VAEError(f"seconds: more than 0 and up to {MAX_SECONDS:g}, not {seconds}.")
    if not 1 <= fps <= MAX_RATE:
        raise VAEError(f"fps: from 1 to {MAX_RATE:g} frames a second, not {fps}.")
    if not all(SIDES[0] <= side <= SIDES[1] for side in (wide, high)):
        raise VAEError(f"size: from {SIDES[0]} to {SIDES[1]:,} px each way, not {wide} x {high}.")
    if kind.even and (wide % 2 or high % 2):
        raise VAEError(f"size: an {kind.title} has an even width and height, not {wide} x {high}.")
    check_writable(path)
    reel = Reel(run, max(2, round(seconds * fps)), (wide, high), dark=dark, fades=kind.fades)
    reel.on_step = on_step
    write_atomic(path, kind.encode(reel, fps))


class _Seen(NamedTuple):
    """The snapshots that a film is of, and how they are seen."""

    steps: list[int]  # K
    spots: NDArray[np.float32] | None  # (K, N, 2), where the images lie on the map; None for latents of one dimension
    reach: float = 1.0  # what the map's view holds, around its origin
    names: tuple[str, str] = ("", "")  # of the map's axes
    origin: tuple[float, float] = (0.0, 0.0)  # where the latents' origin lies on the map


def _seen(run: Run, film: SnapshotReader) -> _Seen:
    """Raises `RunError` where no snapshot can be read."""
    taken = film.steps
    if run.request is None:
        raise RunError(f"{run.folder / 'request.json'}: missing, or not the request of a run.")
    if not taken:
        raise RunError(f"{run.title}: there is no snapshot of it yet, so there is nothing to show. {_when(run)}")
    latent_dim = run.request.model.latent_dim
    if latent_dim == 1:
        seen = _Seen(film.readable(taken), None)
    else:
        # Of two dimensions nobody needs to know before they are read which can be.
        known = taken if latent_dim == 2 else _up_to_readable(film, taken)
        on = view_plane(film, view_plane_step(film, known, ended=not run.status().active))
        steps, spots = shown(film, known, on)
        view = reach(spots)[0]
        if on.plane is None:
            seen = _Seen(steps, spots, view, on.names)
        else:
            x, y = on.plane.transform(np.zeros((1, latent_dim), np.float32))[0]
            seen = _Seen(steps, spots, view, origin=(float(x), float(y)))
    if not seen.steps:
        film.means(taken[:1])  # says what is wrong with it
    return seen


def _scene(run: Run, about: About, seen: _Seen, last: float) -> Scene:
    """What all moments have in common of a film that ends at the epoch `last`."""
    from vae.film.scene import Scene

    assert run.request is not None
    model, train = run.request.model, run.request.train
    at = f", seen at β {train.beta:g}" if model.beta_range is not None else ""
    where = {1: "on a line", 2: "in the plane"}.get(
        model.latent_dim, f"in the plane that holds most of {model.latent_dim} dimensions"
    )
    count = len(about.images)
    return Scene(
        title=run.title,
        subtitle=f"{count:,} test image{'' if count == 1 else 's'} {where}{at}",
        epochs=train.epochs,
        shown=max(last, 1.0),
        latent_dim=model.latent_dim,
        labels=about.labels,
        classes=about.classes,
        z=about.z,
        originals=about.originals,
        names=seen.names,
        reach=seen.reach,
        origin=seen.origin,
        progress=[done for done in run.progress() if done.epoch <= last + 1e-9],
        beta=train.beta,
        objective=train.objective,
        of_two=model.likelihood.of_two,
        rings=model.prior.rings,
        square=about.reach,
    )


def _up_to_readable(film: SnapshotReader, steps: list[int]) -> list[int]:
    """The steps without those after the last one whose snapshot can be read: more dimensions are seen as they lie then."""
    while steps and not film.readable(steps[-1:]):
        steps = steps[:-1]
    return steps


def _when(run: Run) -> str:
    if run.status().active:
        return "The first one is taken when its training begins."
    return "A run of an earlier Zscape has none; train it again."


def _gif(reel: Reel, fps: float) -> bytes:
    from PIL import Image

    chosen = _colours(reel)
    milliseconds = max(
        20, 10 * round(100 / fps)
    )  # a GIF counts hundredths of a second, and viewers slow down what has only one
    frames = (frame.quantize(palette=chosen, dither=Image.Dither.NONE) for frame in reel.frames())
    durations = [milliseconds] * (reel.motion - 1) + [round(1000 * HOLD)]
    file = io.BytesIO()
    # One colour more, which stands for what a frame leaves as it is.
    next(frames).save(
        file,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=durations if reel.motion > 1 else durations[0],
        loop=0,
        palette=bytes([*(chosen.getpalette() or [])[: 3 * COLOURS], 0, 0, 0]),
        transparency=COLOURS,
        optimize=True,
    )
    return file.getvalue()


def _colours(reel: Reel) -> Image.Image:
    """The palette of all frames, as an image of it: flat colours as they are, and the rest chosen from some frames."""
    from PIL import Image

    places = np.unique(np.linspace(0, reel.motion - 1, COLOUR_FRAMES).round().astype(int)).tolist()
    wide, high = reel.size
    strip = Image.new("RGB", (wide, high * len(places)))
    for row, place in enumerate(places):
        strip.paste(reel.at(place), (0, row * high))
    flat = list(dict.fromkeys(reel.renderer.flat))[: COLOURS // 2]
    palette = strip.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette() or []
    others = [*zip(*[iter(palette)] * 3, strict=True), *((grey, grey, grey) for grey in range(256))]
    # Pillow looks colours up coarsely, so a flat one has nothing near it. None is there twice, or a file could not tell them apart; greys
    # fill up what a plain film leaves.
    apart = np.abs(np.array(others)[:, None] - np.array(flat)).max(-1).min(1) >= COLOUR_DISTANCE
    colours = list(dict.fromkeys([*flat, *(other for other, far in zip(others, apart, strict=True) if far)]))[:COLOURS]
    chosen = Image.new("P", (1, 1))
    chosen.putpalette([part for colour in colours for part in colour])
    return chosen


def _mp4(reel: Reel, fps: float) -> bytes:
    import av
    from av.video.reformatter import Colorspace

    with temporary_folder() as folder:
        path = folder / "film.mp4"  # a file, for what a player needs first is put in front at the end
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=QUALITY)
            stream.width, stream.height = reel.size
            stream.pix_fmt = "yuv420p"
            context = stream.codec_context
            context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
            context.color_range = 1
            last = None
            for frame in _and_hold(reel.frames(), math.ceil(HOLD * fps)):
                if frame is not None:
                    last = frame
                assert last is not None
                shown = av.VideoFrame.from_image(last).reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
                container.mux(stream.encode(shown))
            container.mux(stream.encode())
        return path.read_bytes()


def _and_hold(frames: Iterator[Image.Image], more: int) -> Iterator[Image.Image | None]:
    """The frames, and None for each time that the last one is shown again."""
    yield from frames
    yield from [None] * (more - 1)


FILM_KINDS = {
    ".gif": FilmKind(
        "GIF",
        "image/gif",
        "Plays in slides, messages and documents. Smaller and coarser.",
        12.5,
        (800, 450),
        fades=False,
        even=False,
        encode=_gif,
    ),
    ".mp4": FilmKind(
        "MP4", "video/mp4", "A video for players and web pages.", 30.0, (1280, 720), fades=True, even=True, encode=_mp4
    ),
}
