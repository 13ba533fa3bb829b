// A training as a film. The map goes from snapshot to snapshot while a run trains, and afterwards wherever the slider is; the decoder of that
// moment draws what is under the pointer, and the curves have a mark there.

import { spaceOf } from "../geometry/space.js";
import { Plane } from "../map/plane.js";
import { groundOf } from "../render/ground.js";
import { decimals, h, memory } from "../shared/dom.js";
import { Curves } from "./curves.js";
import { SnapshotReader } from "./film.js";
import { between, split } from "./interpolation.js";
import { Pictures } from "./pictures.js";
import { Playhead } from "./playhead.js";
import { Sheet } from "./sheet.js";
import { Transport } from "./transport.js";

const TURN = 950; // ms that the map takes to go over into another plane, and a little
const PREFETCHED_SNAPSHOTS = 3; // snapshots whose pictures and decoders are fetched beforehand
const WIDENING_FACTOR = 1.1; // times what points reach, that a view which has become too small is widened to

/**
 * What Python says. `steps` have a snapshot each, `decoders` those that have a decoder; `plane` names the one they are shown in; `end` is the
 * epoch at which the curves end, and `range` says whether the model is for more betas than this one.
 * @typedef {{ run: string, url: string, active: boolean, condition: Condition, range: boolean, perEpoch: number, epochs: number, end: number,
 *   steps: number[], decoders: number[], plane: string, shape: ImageShape, dims: number, alt: string,
 *   rings: Ring[], about_prior: string, charts: import("./curves.js").ChartWords[], curves: import("./curves.js").RunCurves }} PlayerData
 */

export class TrainingPlayer {
  /** @param {HTMLElement} root @param {PlayerData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.run = data.run;
    this.key = `zscape:player:${data.run}`;
    this.known = memory.load(this.key);
    this.left = false; // for another run, or for good
    this.film = new SnapshotReader(data.url);
    this.playhead = new Playhead(this.known, data.active && (this.known.following ?? true), {
      last: () => this.last,
      glides: () => Boolean(this.plane),
      show: (moment) => this.show(moment),
      changed: () => this.changed(),
    });
    this.transport = new Transport(this.playhead.speed, {
      toggle: () => (this.playhead.playing ? this.playhead.pause() : this.playhead.play()),
      seek: (moment) => this.playhead.seek(moment),
      turn: (way) => this.playhead.turn(way),
      hurry: (speed) => this.hurry(speed),
      follow: () => this.playhead.follow(),
      fill: () => this.fill(),
    });
    this.pictures = new Pictures(data.dims, data.shape);
    this.curves = new Curves((epoch) => this.seekEpoch(epoch));
    /** @type {import("./film.js").About | undefined} */
    this.about = undefined; // what all snapshots are of, once there is one
    /** @type {Plane | undefined} */
    this.plane = undefined;
    /** @type {Sheet | null} */
    this.sheet = null;
    /** @type {[Float32Array, Float32Array]} */
    this.places = [new Float32Array(), new Float32Array()]; // the plane keeps what it is given while the next is computed
    this.growing = this.more = false;
    /** @type {import("../nn/decoder.js").Decoder | undefined} */
    this.decoder = undefined;
    /** @type {number | undefined} */
    this.decoding = undefined; // the step whose decoder that is
    /** @type {Place | undefined} */
    this.pointed = undefined;
    /** @type {Near | null} */
    this.near = null;
    const waits = h("p", { className: "zs-waits zs-note" }, data.active ? "The film begins with the first step." : "");
    this.stage = h("div", { className: "zs-left" }, waits);
    const parts = [...(data.dims > 1 ? [this.stage] : []), this.pictures.element];
    const body = h("div", { className: "zs-body zs-player-page" }, ...parts);
    if (data.dims !== 2) body.classList.add(data.dims < 2 ? "zs-panel-only" : "zs-with-samples");
    root.replaceChildren(body, this.transport.element, this.curves.element);
    this.sayPlaying();
  }

  /** @param {PlayerData} data of the same run */
  update(data) {
    this.data = data;
    this.grow();
    this.plane?.retheme();
  }

  /** There is more of the film, or it is shown in another plane. */
  async grow() {
    const { data, film } = this;
    this.transport.live.hidden = !data.active;
    this.curves.set(data.charts, data.curves, data.end);
    if (!data.steps.length) return;
    if (this.growing) {
      this.more = true;
      return;
    }
    this.growing = true;
    this.more = false;
    const before = film.frames.length;
    try {
      this.about ??= await this.introduce();
      if (this.left) return;
      const block = await film.extend(data.steps, data.plane);
      if (this.left) return;
      if (film.frames.length === before && !block) {
        if (!data.active) this.playhead.following = false;
        return;
      }
      const turns = this.plane && block;
      if (block && data.dims > 1) this.project(block, this.about);
      this.extended(before, turns ? TURN : 0);
    } catch (error) {
      if (!this.left) this.fail(/** @type {Error} */ (error));
    } finally {
      if (!this.left) {
        this.growing = false;
        if (this.more) this.grow();
      }
    }
  }

  async introduce() {
    const about = await this.film.about();
    this.pictures.originals = about.originals;
    return about;
  }

  /** @param {Error} error */
  fail({ message }) {
    const { film, data } = this;
    film.plane = undefined; // or what has come without being shown would count as known
    if (film.frames.length || data.active)
      console.warn(message); // it may come with the next
    else this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, message));
  }

  /**
   * New frames are there, after `before` of them; the points take some ms to go over into another plane.
   * @param {number} before
   * @param {number} turning
   */
  extended(before, turning) {
    const { last, film, data } = this;
    this.transport.fill(film.frames.map(({ step }) => step / data.perEpoch));
    if (before === 0) {
      // What has been trained is opened at its end, where the map is worth looking at.
      const { moment, following } = this.known;
      const left = moment !== undefined && moment <= last && !following;
      this.playhead.show(left ? moment : last);
      this.root.dataset.ready = this.run;
    } else setTimeout(() => !this.left && this.catchUp(), turning);
    this.widen();
  }

  /** There was a film before, and it has grown. */
  catchUp() {
    const { playhead, last } = this;
    if (playhead.following) playhead.glideTo(last);
    else if (!playhead.playing) playhead.show(Math.min(playhead.moment, last));
    if (!this.data.active) playhead.following = false; // which it has done to the end
  }

  /**
   * The frames lie in another plane than before, or in one at all.
   * @param {Block} block
   * @param {import("./film.js").About} about
   */
  project(block, about) {
    const { data, film } = this;
    const space = spaceOf({ header: { ...block.header, latent_dim: data.dims }, arrays: block.arrays });
    const at = Math.min(this.playhead.moment, this.last);
    const points = {
      mean: film.meansAt(Math.max(0, at), new Float32Array(2 * about.label.length)),
      label: about.label,
      extent: film.extent,
      rings: data.rings,
      components: [], // of the prior as it was at each moment nobody knows
      aboutPrior: data.about_prior,
      space,
      condition: data.condition,
    };
    if (this.plane) {
      this.plane.motion.become(points);
      return;
    }
    const plane = new Plane(points, about.classes, data.alt, this.known.plane ?? {}, {
      moved: (place, nearest) => this.moved(place, nearest),
      clicked: () => {},
      drew: () => {},
      escaped: () => {},
      changed: () => this.remember(),
    });
    this.plane = plane;
    this.stage.replaceChildren(plane.element);
    plane.start();
    const ground = groundOf(this.pictures.images, data.shape, 255);
    this.sheet = data.dims === 2 ? new Sheet(data.shape, ground, about.square) : null;
    plane.cursor.moveTo(plane.cursor.place); // so that there is a picture before anybody points
    plane.backdrop.lay(this.sheet, null, () => [], { terrain: true, strength: 0.3 });
    const count = 2 * about.label.length;
    this.places = [new Float32Array(count), new Float32Array(count)];
  }

  /** Points reach further than the view that was there before. */
  widen() {
    const { plane, film } = this;
    if (!plane || film.extent.nearly[0][1] <= plane.placement.points.extent.nearly[0][1]) return;
    const { nearly, all } = film.extent;
    plane.widen({ nearly: scaled(nearly, WIDENING_FACTOR), all: scaled(all, WIDENING_FACTOR) });
  }

  // Time

  get last() {
    return this.film.frames.length - 1;
  }

  /** @param {number} epoch */
  seekEpoch(epoch) {
    const { frames } = this.film;
    const step = epoch * this.data.perEpoch;
    const after = frames.findIndex((frame) => frame.step >= step);
    if (after <= 0) return this.playhead.seek(after < 0 ? this.last : 0);
    const [a, b] = [frames[after - 1].step, frames[after].step];
    this.playhead.seek(after - 1 + (step - a) / (b - a));
  }

  /** @param {number} speed */
  hurry(speed) {
    this.playhead.speed = speed;
    this.remember();
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {}); // where it is forbidden
  }

  changed() {
    this.sayPlaying();
    this.remember();
  }

  sayPlaying() {
    this.transport.sayPlaying(this.playhead.playing, this.playhead.following);
  }

  /** @param {number} moment */
  epochAt(moment) {
    const steps = this.film.frames.map(({ step }) => step);
    return between(steps, moment) / this.data.perEpoch;
  }

  // What is shown

  /** The step that is nearest to the moment. */
  get nearestStep() {
    return this.film.frames[Math.round(this.playhead.moment)].step;
  }

  /** @param {number} moment */
  show(moment) {
    const { film, plane, data } = this;
    const epoch = this.epochAt(moment);
    const beta = data.range ? `, β ${Number(data.condition.beta.toPrecision(3))}` : "";
    this.transport.sayFollowing(this.playhead.following);
    this.transport.show(moment, `Epoch ${nice(epoch)} of ${data.epochs.toLocaleString("en")}${beta}`);
    this.curves.show(epoch);
    const nearest = this.nearestStep;
    this.decode(nearest);
    if (plane) {
      this.places.reverse();
      plane.motion.move(film.meansAt(moment, this.places[0]), data.condition);
    }
    this.showPictures(moment, nearest);
    Object.assign(this.root.dataset, { step: nearest, moment: moment.toFixed(3) });
  }

  /**
   * Has what is under the pointer drawn by the decoder that is nearest in time, among those that were kept.
   * @param {number} step
   */
  decode(step) {
    if (!this.plane) return;
    const { data, film, playhead } = this;
    const wanted = nearestOf(data.decoders, step);
    if (wanted === undefined) return;
    // Also of those that are fetched beforehand, for the moment may be theirs by the time they come.
    const again = () => this.decode(this.nearestStep);
    const decoder = film.decoders.get(wanted, again);
    if (decoder && this.decoding !== wanted) {
      decoder.tune(data.condition);
      this.decoder = decoder;
      this.decoding = wanted;
      this.root.dataset.decoder = String(wanted);
      this.point();
    }
    if (playhead.playing || playhead.following) {
      const later = data.decoders.filter((other) => other > wanted).slice(0, PREFETCHED_SNAPSHOTS);
      for (const other of later) film.decoders.get(other, again);
    }
  }

  /** @param {number} moment @param {number} nearest the step that is nearest to it */
  showPictures(moment, nearest) {
    const { film } = this;
    const again = () => this.showPictures(this.playhead.moment, this.nearestStep);
    const [before, after, share] = split(moment, film.frames.length);
    const pair = [before, after].flatMap((place) => {
      const { step } = film.frames[place];
      const pictures = film.pictures.get(step, again);
      return pictures ? [{ step, ...pictures }] : [];
    });
    if (pair.length === 2) this.sheet?.show(pair, share);
    const there = pair.length === 2 ? pair : pair.filter(({ step }) => step === nearest);
    if (there.length) {
      this.pictures.show(there, share);
      this.root.dataset.pictures = String(nearest);
    }
    if (!this.playhead.playing) return;
    for (let place = before + 2; place <= Math.min(this.last, before + PREFETCHED_SNAPSHOTS); place++) {
      film.pictures.get(film.frames[place].step, again);
    }
  }

  /**
   * The pointer is at a place of the map, near an image.
   * @param {Place} place
   * @param {Near | null} nearest
   */
  moved(place, nearest) {
    this.pointed = place;
    this.near = nearest;
    this.point();
  }

  point() {
    const { plane, decoder, decoding, pointed, near } = this;
    if (!plane || !decoder || decoding === undefined || !pointed) return;
    const { z } = plane.cursor.latentAt(pointed);
    const name = near && near.label >= 0 ? plane.classes.nameOf(near.label) : null;
    const which = name === null ? "" : `, near ${/^\d+$/.test(name) ? "a " : ""}${name}`;
    const epoch = nice(decoding / this.data.perEpoch);
    const drawn = this.nearestStep === decoding ? "" : `, decoder of epoch ${epoch}`;
    this.pictures.point(decoder.decode(z), `${decimals(pointed, plane.view.digits)}${which}${drawn}`);
    this.root.dataset.z = z.join(",");
  }

  remember() {
    if (!this.film.frames.length) return;
    const { moment, following, speed } = this.playhead;
    memory.save(this.key, { moment, following, speed, plane: this.plane?.state });
  }

  leave() {
    this.remember();
    this.left = true;
    this.playhead.stop();
    this.plane?.destroy();
    this.film.close();
    delete this.root.dataset.ready;
  }
}

/**
 * Ranges [x, y], so many times as large.
 * @param {[Span, Span]} ranges
 * @param {number} times
 * @returns {[Span, Span]}
 */
function scaled([[left, right], [bottom, top]], times) {
  return [
    [times * left, times * right],
    [times * bottom, times * top],
  ];
}

/**
 * The one of some numbers, ascending, that is nearest to a number.
 * @param {number[]} numbers
 * @param {number} wanted
 * @returns {number | undefined}
 */
export function nearestOf(numbers, wanted) {
  let [best, ...others] = numbers;
  for (const other of others) if (Math.abs(other - wanted) < Math.abs(best - wanted)) best = other;
  return best;
}

/**
 * An epoch: whole ones as such, parts of the first ones with what it takes to tell them apart.
 * @param {number} epoch
 */
export function nice(epoch) {
  if (Math.abs(epoch - Math.round(epoch)) < 1e-9) return Math.round(epoch).toLocaleString("en");
  return epoch.toFixed(epoch < 1 ? 2 : 1);
}
