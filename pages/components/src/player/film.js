// A training's snapshots, fetched as they are looked at (vae/runs/snapshots.py). A frame is one of them: { step, mean: Float32Array (N * 2) }.

import { Decoder } from "../nn/decoder.js";
import { fetchBlock } from "../shared/blocks.js";
import { LRUMap } from "../shared/lru_map.js";
import { glide } from "./interpolation.js";

const MAX_DECODERS = 24; // that are kept; each is some megabytes
const MAX_PICTURES = 150;
const MAX_FETCHES = 3; // at once, of a kind
const MAX_WISHES = 6; // that wait
const MAX_TRIES = 3;
const PATIENCE = 700; // ms after the first of them

/** @typedef {{ label: Int32Array, originals: Uint8Array, classes: string[], square: number }} About what all snapshots are of */

export class SnapshotReader {
  /**
   * `url`: below which Python serves it.
   * @param {string} url
   */
  constructor(url) {
    this.url = url;
    /** @type {{ step: number, mean: Float32Array }[]} */
    this.frames = [];
    /** @type {string | undefined} */
    this.plane = undefined; // the name of the one that they are shown in
    this.nearly = this.reach = 0; // how far nearly all, and all, of them reach
    /** @type {StepCache<Decoder>} */
    this.decoders = new StepCache(MAX_DECODERS, (step) =>
      fetchBlock(`${url}/decoder/${step}`).then((block) => new Decoder(block)),
    );
    /** @type {StepCache<{ samples: Uint8Array, reconstructions: Uint8Array }>} */
    this.pictures = new StepCache(MAX_PICTURES, (step) =>
      fetchBlock(`${url}/pictures/${step}`).then(({ arrays }) => arrays),
    );
  }

  close() {
    this.decoders.close();
    this.pictures.close();
  }

  /**
   * What all snapshots are of: { label, image, originals, classes, shape }.
   * @returns {Promise<About>}
   */
  async about() {
    const { header, arrays } = await fetchBlock(`${this.url}/about`).catch((error) => {
      if (!error.gone) throw error;
      throw new Error(
        "The film of this run can't be read: the run was deleted, or a disk has spoiled its snapshots. Reload the page.",
      );
    });
    return { ...arrays, ...header };
  }

  /**
   * Fetches the frames at `steps` that it doesn't have, in the plane that Python chose, or all of them if that is another one. Resolves with
   * the block that says what lies in the plane, if it is, and else with null.
   * @param {number[]} steps
   * @param {string} plane
   */
  async extend(steps, plane) {
    const anew = plane !== this.plane;
    const missing = anew ? steps : steps.filter((step) => step > (this.frames.at(-1)?.step ?? -1));
    if (!missing.length) return null;
    const block = await fetchBlock(`${this.url}/places/${plane}/${missing[0]}/${missing.at(-1)}`);
    const { header, arrays } = block;
    const stride = arrays.mean.length / header.steps.length;
    const frames = header.steps.map((/** @type {number} */ step, /** @type {number} */ place) => ({
      step,
      mean: arrays.mean.subarray(place * stride, (place + 1) * stride),
    }));
    this.frames = anew ? frames : [...this.frames, ...frames];
    const [nearly, all] = header.reach;
    this.nearly = nearly;
    this.reach = anew ? all : Math.max(all, this.reach);
    this.plane = plane;
    return anew ? block : null;
  }

  /**
   * The ranges [x, y] that nearly all places of the last frame, and all of every frame, lie in.
   * @returns {Extent}
   */
  get extent() {
    /** @param {number} most @returns {[Span, Span]} */
    const square = (most) => [
      [-most, most],
      [-most, most],
    ];
    return { nearly: square(this.nearly), all: square(this.reach) };
  }

  /**
   * Where the images lie at a moment, a place among the frames; written to `out`.
   * @param {number} moment
   * @param {Float32Array} out
   */
  meansAt(moment, out) {
    return glide(
      this.frames.map(({ mean }) => mean),
      moment,
      out,
    );
  }
}

/**
 * The last used of what is fetched by step. Few are fetched at a time and few wait, those that were wished for last; what can't be fetched
 * is tried again, a few times.
 * @template Value
 */
class StepCache {
  /** @param {number} most @param {(step: number) => Promise<Value>} fetching */
  constructor(most, fetching) {
    this.fetching = fetching;
    this.closed = false;
    /** @type {LRUMap<number, Value>} */
    this.values = new LRUMap(most); // step -> what was found
    /** @type {Set<number>} */
    this.under = new Set(); // steps
    /** @type {LRUMap<number, (step: number) => void>} */
    this.wishes = new LRUMap(MAX_WISHES); // step -> whom to tell, the last wish last
    /** @type {Map<number, number>} */
    this.failed = new Map(); // step -> how often
  }

  /** Nobody is told of anything any more. */
  close() {
    this.closed = true;
    this.values.clear();
  }

  /**
   * What there is of a step, or undefined, in which case it is fetched: `came(step)` is then called.
   * @param {number} step
   * @param {(step: number) => void} came
   * @returns {Value | undefined}
   */
  get(step, came) {
    const value = this.values.get(step);
    if (value) return value;
    if (this.under.has(step) || (this.failed.get(step) ?? 0) >= MAX_TRIES) return undefined;
    this.wishes.set(step, came);
    this.fetch();
    return undefined;
  }

  fetch() {
    while (!this.closed && this.under.size < MAX_FETCHES) {
      const last = [...this.wishes].at(-1);
      if (!last) return;
      const [step, came] = last;
      this.wishes.delete(step);
      this.under.add(step);
      this.fetching(step)
        .then(
          (value) => {
            this.values.set(step, value);
            return 0;
          },
          () => {
            const failed = (this.failed.get(step) ?? 0) + 1;
            this.failed.set(step, failed);
            return PATIENCE * failed;
          },
        )
        .then((wait) => {
          this.under.delete(step);
          this.fetch();
          setTimeout(() => !this.closed && came(step), wait); // who asks again, where there is nothing yet
        });
    }
  }
}
