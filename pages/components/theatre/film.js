// A training's snapshots, fetched as they are looked at (vae/snapshots.py). A frame is one of them: { step, mean: Float32Array (N * 2) }.

import { fetchBlock } from "../latent_map/blocks.js";
import { Decoder } from "../latent_map/decoder.js";

const MOST_DECODERS = 24; // that are kept; each is some megabytes
const MOST_PICTURES = 150;
const TRIES = 3;
const AGAIN = 700; // ms after the first of them

export class Film {
  /** `url`: below which Python serves it. */
  constructor(url) {
    this.url = url;
    this.frames = [];
    this.decoders = new Kept(MOST_DECODERS, (step) => fetchBlock(`${url}/decoder/${step}`).then((block) => new Decoder(block)));
    this.pictures = new Kept(MOST_PICTURES, (step) => fetchBlock(`${url}/pictures/${step}`).then(({ arrays }) => arrays));
  }

  /** What all snapshots are of: { label, image, originals, classes, shape }. */
  async about() {
    const { header, arrays } = await fetchBlock(`${this.url}/about`);
    return { ...arrays, ...header };
  }

  /** Fetches the frames at `steps` that it doesn't have, on the screen that Python chose, or all of them if that is another one. Resolves with
   * the block that says what lies on the screen, if it is, and else with null. */
  async extend(steps, screen) {
    const anew = screen !== this.screen;
    const missing = anew ? steps : steps.filter((step) => step > (this.frames.at(-1)?.step ?? -1));
    if (!missing.length) return null;
    const block = await fetchBlock(`${this.url}/places/${screen}/${missing[0]}/${missing.at(-1)}`);
    const { header, arrays } = block;
    const stride = arrays.mean.length / header.steps.length;
    const found = header.steps.map((step, place) => ({ step, mean: arrays.mean.subarray(place * stride, (place + 1) * stride) }));
    this.frames = anew ? found : [...this.frames, ...found];
    const [nearly, all] = header.reach;
    this.reach = [nearly, anew ? all : Math.max(all, this.reach[1])];
    this.screen = screen;
    return anew ? block : null;
  }

  /** Where the images lie at a moment, a place among the frames; written to `out`. */
  meansAt(moment, out) {
    const before = Math.min(Math.floor(moment), this.frames.length - 1);
    const [a, b] = [this.frames[before].mean, this.frames[Math.min(before + 1, this.frames.length - 1)].mean];
    const t = moment - before;
    for (let i = 0; i < out.length; i++) out[i] = a[i] + t * (b[i] - a[i]);
    return out;
  }
}

/** The last used of what is fetched by step. What can't be fetched is tried again, a few times. */
class Kept {
  constructor(most, fetching) {
    Object.assign(this, { most, fetching });
    this.found = new Map(); // step -> what was found, the last used last
    this.under = new Map(); // step -> a promise of it
    this.failed = new Map(); // step -> how often
  }

  /** What there is of a step, or undefined, in which case it is fetched: `came(step)` is then called. */
  get(step, came) {
    const found = this.found.get(step);
    if (found) {
      this.found.delete(step);
      this.found.set(step, found);
      return found;
    }
    if (this.under.has(step) || (this.failed.get(step) ?? 0) >= TRIES) return undefined;
    const promise = this.fetching(step).then(
      (value) => {
        this.found.set(step, value);
        while (this.found.size > this.most) this.found.delete(this.found.keys().next().value);
        came(step);
      },
      () => {
        const tries = (this.failed.get(step) ?? 0) + 1;
        this.failed.set(step, tries);
        setTimeout(() => came(step), AGAIN * tries); // who asks again
      },
    );
    this.under.set(step, promise.finally(() => this.under.delete(step)));
    return undefined;
  }
}
