// The theatre: a training as a film. The map goes from snapshot to snapshot while a run trains, and afterwards wherever the slider is;
// the decoder of that moment draws what is under the pointer, and the curves have a mark there.

import { spaceOf } from "../geometry/space.js";
import { Plane } from "../map/plane.js";
import { groundOf } from "../render/ground.js";
import { paint } from "../render/paint.js";
import { decimals, h, memory, svg } from "../shared/dom.js";
import { Curves } from "./curves.js";
import { Film } from "./film.js";
import { drawRows, Sheet } from "./sheet.js";

const SPEEDS = [0.5, 1, 2, 4];
const SECONDS = [6, 16]; // that a film takes at speed 1, however few or many snapshots it has
const PACE = 0.4; // seconds for each of them, where that lies in between
const TURN = 950; // ms that the map takes to go over into another plane, and a little
const SLIDE = 600; // ms that each snapshot is shown, where people want nothing to move
const FOLLOW = 900; // ms to a snapshot that has just come
const AHEAD = 3; // snapshots whose pictures and decoders are fetched beforehand
const ROOM = 1.1; // times what points reach, that a view which has become too small is widened to
const SHOWN = 16; // samples of the prior, which has no plane to lie on
const IN_A_ROW = 5; // reconstructions, at most
const TICKS = 9; // epochs named below the slider

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const theatres = new WeakMap(); // parentElement -> Theatre, because Streamlit calls again at every change of data or theme

export default function (component) {
  const { parentElement } = component;
  if (!theatres.has(parentElement)) theatres.set(parentElement, new Theatre(parentElement));
  theatres.get(parentElement).update(component.data);
  return () => {
    theatres.get(parentElement)?.destroy();
    theatres.delete(parentElement);
  };
}

class Theatre {
  constructor(parent) {
    this.root = h("div", { className: "zs zs-theatre" });
    parent.append(this.root);
  }

  /**
   * Takes what Python says now. `data`: { run, url, active, beta, range, perEpoch, epochs, end, steps, decoders, screen, shape, dims, curves, alt }.
   * `steps` have a snapshot each, `decoders` those that have a decoder; `screen` names the plane they are shown in; `end` is the epoch at
   * which the curves end, and `range` whether the model is for more betas than this one.
   */
  update(data) {
    this.data = data;
    if (data.run !== this.run) this.begin();
    else this.grow();
    this.plane?.retheme();
  }

  get key() {
    return `zscape:theatre:${this.run}`;
  }

  /** Another run. */
  async begin() {
    const { data } = this;
    this.leave();
    this.run = data.run;
    const known = memory.load(this.key);
    this.speed = known.speed ?? 1;
    this.moment = known.moment ?? 0;
    this.following = data.active && (known.following ?? true);
    this.film = new Film(data.url); // after what was left is closed
    this.known = known;
    this.build();
    this.grow();
  }

  /** What all snapshots are of, once there is one. */
  async introduce() {
    const { data } = this;
    const about = await this.film.about();
    const size = data.shape.reduce((product, side) => product * side, 1);
    this.originals = Array.from({ length: about.originals.length / size }, (_, n) =>
      about.originals.subarray(n * size, (n + 1) * size),
    );
    this.about = about;
  }

  build() {
    const { data } = this;
    this.stage = h(
      "div",
      { className: "zs-left" },
      h("p", { className: "zs-waits zs-note" }, data.active ? "The film begins with the first step." : ""),
    );
    this.picture = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "The image decoded at the cursor, by the decoder of this moment",
    });
    this.place = h("figcaption", {}, "–");
    this.made = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "Test images, and below each its reconstruction at this moment",
    });
    this.samples = h("canvas", {
      width: 1,
      height: 1,
      role: "img",
      "aria-label": "What the decoder makes of draws from the prior at this moment",
    });
    const titled = (title, hint, ...children) =>
      h("figure", {}, h("p", { className: "zs-heading", title: hint }, title), ...children);
    this.panel = h(
      "div",
      { className: "zs-panel" },
      data.dims > 1
        ? titled("Under the pointer", "Decoded by the decoder of this moment", this.picture, this.place)
        : null,
      data.dims === 2
        ? null
        : titled("Samples", "What the decoder makes of the same draws from the prior at every moment", this.samples),
      titled("Reconstructions", "Test images, and what the model makes of them", this.made),
    );
    this.play = h("button", {
      type: "button",
      className: "zs-tool zs-play",
      onclick: () => (this.playing ? this.pause() : this.start()),
    });
    this.slider = h("input", {
      type: "range",
      min: "0",
      max: "0",
      step: "any",
      "aria-label": "Moment of the training",
      oninput: () => this.seek(Number(this.slider.value)),
      onkeydown: (event) => this.press(event),
    });
    this.ticks = h("div", { className: "zs-ticks", "aria-hidden": "true" });
    this.clock = h("output", { className: "zs-clock", "aria-live": "off" });
    this.speeds = h(
      "select",
      {
        className: "zs-speed",
        "aria-label": "Speed",
        title: "Speed",
        onchange: () => this.hurry(Number(this.speeds.value)),
      },
      ...SPEEDS.map((speed) => h("option", { value: String(speed), selected: speed === this.speed }, `${speed}×`)),
    );
    this.live = h(
      "button",
      {
        type: "button",
        className: "zs-tool zs-live",
        title: "Follow the training as it goes on",
        "aria-pressed": "false",
        onclick: () => this.follow(),
      },
      "Live",
    );
    const wide = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title: "Full screen",
        "aria-label": "Full screen",
        onclick: () => this.fill(),
      },
      icon("expand"),
    );
    const bar = h(
      "div",
      { className: "zs-transport" },
      this.play,
      h("div", { className: "zs-track" }, this.slider, this.ticks),
      this.clock,
      this.live,
      this.speeds,
      wide,
    );
    this.curves = new Curves(data.scored, (epoch) => this.seekEpoch(epoch));
    const body = h("div", { className: "zs-body zs-theatre-page" }, ...(data.dims > 1 ? [this.stage] : []), this.panel);
    if (data.dims !== 2) body.classList.add(data.dims < 2 ? "zs-panel-only" : "zs-with-samples");
    this.root.replaceChildren(body, bar, this.curves.element);
    this.sayPlaying();
    this.curves.set(data.curves, data.end);
  }

  /** There is more of the film, or it is shown on another screen. */
  async grow() {
    const { data, film, run } = this;
    this.live.hidden = !data.active;
    this.curves.set(data.curves, data.end);
    if (!data.steps.length) return;
    if (this.growing) {
      this.more = true;
      return;
    }
    this.growing = true;
    this.more = false;
    const before = film.frames.length;
    try {
      if (!this.about) await this.introduce();
      if (run !== this.run) return;
      const block = await film.extend(data.steps, data.screen);
      if (run !== this.run) return;
      if (film.frames.length === before && !block) {
        if (!data.active) this.following = false;
        return;
      }
      const turns = this.plane && block;
      if (block && data.dims > 1) this.project(block);
      this.extended(before, turns ? TURN : 0);
    } catch (error) {
      if (run !== this.run) return;
      film.screen = undefined; // or what has come without being shown would count as known
      if (film.frames.length || data.active)
        console.warn(error.message); // it may come with the next
      else this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
    } finally {
      if (run === this.run) {
        this.growing = false;
        if (this.more) this.grow();
      }
    }
  }

  /** New frames are there, after `before` of them; the points take some ms to go over into another plane. */
  extended(before, turning) {
    const { last, film } = this;
    this.slider.max = String(Math.max(last, 1e-6));
    this.fillTicks();
    if (before === 0) {
      // What has been trained is opened at its end, where the map is worth looking at.
      const { moment } = this.known;
      const left = moment !== undefined && moment <= last && !this.known.following;
      this.show(left ? moment : last);
      this.root.dataset.ready = this.run;
    } else setTimeout(() => film === this.film && this.catchUp(), turning);
    this.widen();
  }

  /** There was a film before, and it has grown. */
  catchUp() {
    if (this.following) this.glideTo(this.last);
    else if (!this.playing) this.show(Math.min(this.moment, this.last));
    if (!this.data.active) this.following = false; // which it has done to the end
  }

  /** The frames lie in another plane than before, or in one at all. */
  project(block) {
    const { data, film, about } = this;
    const space = spaceOf({ header: { ...block.header, latent_dim: data.dims }, arrays: block.arrays });
    const at = Math.min(this.moment, film.frames.length - 1);
    const points = {
      mean: film.meansAt(Math.max(0, at), new Float32Array(2 * about.label.length)),
      label: about.label,
      extent: film.extent,
      space,
      beta: data.beta,
    };
    if (this.plane) {
      this.plane.become(points);
      return;
    }
    this.plane = new Plane(points, about.classes, data.alt, this.known.plane ?? {}, {
      moved: (place, nearest) => this.moved(place, nearest),
      clicked: () => {},
      drew: () => {},
      escaped: () => {},
      changed: () => this.remember(),
    });
    this.stage.replaceChildren(this.plane.element);
    this.plane.start();
    this.sheet = data.dims === 2 ? new Sheet(data.shape, groundOf(this.originals, data.shape, 255)) : null;
    this.plane.moveTo(this.plane.cursor); // so that there is a picture before anybody points
    this.plane.lay(this.sheet, null, () => [], { terrain: true, strength: 0.3 });
    this.out = [0, 1].map(() => new Float32Array(2 * about.label.length));
  }

  /** Points reach further than the view that was there before. */
  widen() {
    const { plane, film } = this;
    if (!plane || film.extent.nearly[0][1] <= plane.points.extent.nearly[0][1]) return;
    const { nearly, all } = film.extent;
    plane.widen({ nearly: scaled(nearly, ROOM), all: scaled(all, ROOM) });
  }

  // Time

  get last() {
    return this.film.frames.length - 1;
  }

  /** How many snapshots go by in a second. */
  get rate() {
    const seconds = Math.min(SECONDS[1], Math.max(SECONDS[0], PACE * this.last));
    return (this.speed * this.last) / seconds;
  }

  start() {
    if (this.last < 1) return;
    this.following = false;
    if (this.moment >= this.last) this.moment = 0;
    this.playing = true;
    this.sayPlaying();
    let [before, next, shown] = [performance.now(), this.moment, -Infinity];
    const step = (now) => {
      next = Math.min(this.last, next + (this.rate * Math.max(0, now - before)) / 1000);
      before = now;
      if (!calm.matches) this.show(next);
      else if (next >= this.last || now - shown >= SLIDE) {
        this.show(Math.floor(next));
        shown = now;
      }
      if (next < this.last) this.frame = requestAnimationFrame(step);
      else this.pause();
    };
    this.frame = requestAnimationFrame(step);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.sayPlaying();
    this.remember();
  }

  /** Goes to a moment by itself. */
  glideTo(moment) {
    cancelAnimationFrame(this.frame);
    if (!this.plane || calm.matches) return this.show(moment);
    const [from, began] = [this.moment, performance.now()];
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / FOLLOW));
      this.show(from + t * t * (3 - 2 * t) * (moment - from));
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  seek(moment) {
    this.following = false;
    this.show(moment);
    this.pause();
  }

  seekEpoch(epoch) {
    const { frames } = this.film;
    const step = epoch * this.data.perEpoch;
    const after = frames.findIndex((frame) => frame.step >= step);
    if (after <= 0) return this.seek(after < 0 ? this.last : 0);
    const [a, b] = [frames[after - 1].step, frames[after].step];
    this.seek(after - 1 + (step - a) / (b - a));
  }

  /** Arrows go from snapshot to snapshot. */
  press(event) {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const next = way > 0 ? Math.floor(this.moment + 1 + 1e-6) : Math.ceil(this.moment - 1 - 1e-6);
    this.seek(Math.min(this.last, Math.max(0, next)));
  }

  follow() {
    this.pause();
    this.following = true;
    this.sayPlaying();
    this.glideTo(this.last);
  }

  hurry(speed) {
    this.speed = speed;
    this.remember();
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {}); // where it is forbidden
  }

  sayPlaying() {
    this.play.replaceChildren(icon(this.playing ? "pause" : "play"));
    this.play.title = this.playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", this.play.title);
    this.live.setAttribute("aria-pressed", String(Boolean(this.following)));
  }

  // What is shown

  epochAt(moment) {
    const { frames } = this.film;
    const before = Math.min(Math.floor(moment), frames.length - 1);
    const [a, b] = [frames[before].step, frames[Math.min(before + 1, frames.length - 1)].step];
    return (a + (moment - before) * (b - a)) / this.data.perEpoch;
  }

  show(moment) {
    const { film, plane, data } = this;
    this.moment = moment;
    this.live.setAttribute("aria-pressed", String(Boolean(this.following)));
    const epoch = this.epochAt(moment);
    this.slider.value = String(moment);
    this.clock.textContent = `Epoch ${nice(epoch)} of ${data.epochs.toLocaleString("en")}${data.range ? `, β ${Number(data.beta.toPrecision(3))}` : ""}`;
    this.slider.setAttribute("aria-valuetext", this.clock.textContent);
    this.curves.show(epoch);
    const nearest = film.frames[Math.round(moment)].step;
    this.decode(nearest);
    if (plane) {
      // The plane keeps what it is given while the next is computed.
      this.out.reverse();
      plane.move(film.meansAt(moment, this.out[0]), data.beta);
    }
    this.showPictures(moment, nearest);
    Object.assign(this.root.dataset, { step: nearest, moment: moment.toFixed(3) });
  }

  /** Has what is under the pointer drawn by the decoder that is nearest in time, among those that were kept. */
  decode(step) {
    if (!this.plane) return;
    const wanted = nearestOf(this.data.decoders, step);
    if (wanted === undefined) return;
    // Also of those that are fetched beforehand, for the moment may be theirs by the time they come.
    const again = () => this.decode(this.film.frames[Math.round(this.moment)].step);
    const decoder = this.film.decoders.get(wanted, again);
    if (decoder && this.decoding !== wanted) {
      if (decoder.betaRange) decoder.tune(this.data.beta);
      Object.assign(this, { decoder, decoding: wanted });
      this.root.dataset.decoder = String(wanted);
      this.point();
    }
    if (this.playing || this.following) {
      const later = this.data.decoders.filter((other) => other > wanted).slice(0, AHEAD);
      for (const other of later) this.film.decoders.get(other, again);
    }
  }

  showPictures(moment, nearest) {
    const { film } = this;
    const again = () => this.showPictures(this.moment, film.frames[Math.round(this.moment)].step);
    const before = Math.floor(moment);
    const near = [before, before + 1].filter((place) => place <= this.last);
    const pair = near
      .map((place) => ({ step: film.frames[place].step, ...film.pictures.get(film.frames[place].step, again) }))
      .filter(({ samples }) => samples);
    if (this.sheet && pair.length === near.length) this.sheet.show(pair, moment - before);
    const now = pair.find(({ step }) => step === nearest);
    if (now && this.pictured !== nearest) {
      this.pictured = nearest;
      copy(this.pairs(now.reconstructions), this.made);
      if (!this.sheet)
        copy(
          drawRows([now.samples.subarray(0, SHOWN * this.originals[0].length)], this.data.shape, Math.sqrt(SHOWN), {
            gap: 1,
          }),
          this.samples,
        );
      this.root.dataset.pictures = String(nearest);
    }
    for (let place = before + 2; place <= Math.min(this.last, before + AHEAD); place++)
      if (this.playing) film.pictures.get(film.frames[place].step, again);
  }

  /** Test images, each above what is made of it, in two lines where they are many. */
  pairs(made) {
    const { originals, data } = this;
    const size = originals[0].length;
    const columns = originals.length > IN_A_ROW ? Math.ceil(originals.length / 2) : originals.length;
    const parts = [];
    for (let first = 0; first < originals.length; first += columns) {
      const [from, to] = [first * size, Math.min(first + columns, originals.length) * size];
      parts.push(this.about.originals.subarray(from, to), made.subarray(from, to));
    }
    return drawRows(parts, data.shape, columns, { gap: 1, apart: 2 });
  }

  /** The pointer is at a place of the map, near an image. */
  moved(place, nearest) {
    Object.assign(this, { pointed: place, near: nearest });
    this.point();
  }

  point() {
    const { plane, decoder, pointed, near, data } = this;
    if (!decoder || !pointed) return;
    const { z } = plane.lift(pointed);
    paint(this.picture, decoder.decode(z), data.shape);
    this.root.dataset.z = z.join(",");
    const which =
      near && near.label >= 0
        ? `, near ${/^\d+$/.test(plane.nameOf(near.label)) ? "a " : ""}${plane.nameOf(near.label)}`
        : "";
    const drawn =
      this.film.frames[Math.round(this.moment)].step === this.decoding
        ? ""
        : `, decoder of epoch ${nice(this.decoding / data.perEpoch)}`;
    this.place.textContent = `${decimals(pointed, plane.view.digits)}${which}${drawn}`;
  }

  fillTicks() {
    const { frames } = this.film;
    const { perEpoch } = this.data;
    const whole = frames
      .map(({ step }, place) => [step / perEpoch, place])
      .filter(([epoch]) => Number.isInteger(epoch));
    const every = Math.max(1, Math.ceil(whole.length / TICKS));
    const shown = whole.filter(
      (_, place) => place === 0 || place === 1 || place % every === 0 || place === whole.length - 1,
    );
    const marks = shown.filter(
      ([, place], n) => n === shown.length - 1 || !n || (shown[n + 1]?.[1] ?? Infinity) - place >= this.last / 24,
    );
    this.ticks.replaceChildren(
      ...marks.map(([epoch, place]) => {
        const mark = h("span", {}, epoch.toLocaleString("en"));
        mark.style.setProperty("--zs-place", this.last ? place / this.last : 0);
        return mark;
      }),
    );
  }

  remember() {
    if (!this.run || !this.film?.frames.length) return;
    memory.save(this.key, {
      moment: this.moment,
      following: this.following,
      speed: this.speed,
      plane: this.plane?.state,
    });
  }

  leave() {
    this.remember();
    cancelAnimationFrame(this.frame);
    this.plane?.destroy();
    this.film?.close();
    delete this.root.dataset.ready;
    this.plane =
      this.sheet =
      this.about =
      this.decoder =
      this.decoding =
      this.pictured =
      this.pointed =
      this.near =
        undefined;
    this.playing = this.growing = this.more = false;
  }

  destroy() {
    this.leave();
    this.run = undefined;
    // Emptied, because whoever still holds on to the element would hold on to all that was drawn in it.
    this.root.replaceChildren();
    this.root.remove();
  }
}

/** Ranges [x, y], so many times as large. */
function scaled(ranges, times) {
  return ranges.map((range) => range.map((end) => times * end));
}

/** The one of some numbers, ascending, that is nearest to a number. */
function nearestOf(numbers, wanted) {
  return numbers.reduce(
    (best, number) => (best === undefined || Math.abs(number - wanted) < Math.abs(best - wanted) ? number : best),
    undefined,
  );
}

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  expand: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
};

function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, class: `zs-icon zs-icon-${name}`, "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
}

/** An epoch: whole ones as such, parts of the first ones with what it takes to tell them apart. */
function nice(epoch) {
  if (Math.abs(epoch - Math.round(epoch)) < 1e-9) return Math.round(epoch).toLocaleString("en");
  return epoch.toFixed(epoch < 1 ? 2 : 1);
}

/** Draws a canvas onto another, which takes on its size. */
function copy(from, to) {
  if (to.width !== from.width || to.height !== from.height) [to.width, to.height] = [from.width, from.height];
  to.getContext("2d").drawImage(from, 0, 0);
}
