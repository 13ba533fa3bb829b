// The worker's script. It has one job of each kind at a time, a newer one in place of the older, and does a slice of one before it
// looks what it has been told meanwhile.

import { Keyframes } from "../geometry/keyframes.js";
import { spaceOf } from "../geometry/space.js";
import { Decoder } from "../nn/decoder.js";
import { Encoder } from "../nn/encoder.js";
import { FIELDS, Points } from "../render/fields.js";
import { cutOut } from "../render/ground.js";
import { fetchBlock } from "../shared/blocks.js";
import { LRUMap } from "../shared/lru_map.js";

const SHEET = 32; // pictures in one bitmap, unless they are large
// Px on either side of each, which repeat its edge: what is drawn smoothly takes in a little of what lies beside it.
const GUTTER = 1;
const MAX_BITMAP_WIDTH = 8192; // px of a bitmap
const MAX_PARTS = 50; // of the originals that are kept, which is more than SHEET images can lie in

/**
 * What is asked for.
 * @typedef {{ kind: string, id: number }} Job
 * Pictures of places (n * 2), what stands out from a ground in an ink.
 * @typedef {Job & { places: Float32Array, condition: Condition, ground: number[] | null, ink: Rgb }} TilesJob
 * @typedef {Job & { name: string, grid: Grid, condition: Condition }} FieldJob
 * @typedef {Job & { indices: Int32Array, latents: Float32Array, labels: Int32Array, condition: Condition,
 *   originals: OriginalsPlace }} ErrorsJob
 * The last two of the URLs are null for a model for one beta; `projected` says whether its points were laid out in a plane.
 * @typedef {{ kind: string, projected: boolean, urls: { program: string, encoder: string, points: string, keyframes: string | null,
 *   spreads: string | null } }} ModelMessage
 * @typedef {Generator<Promise<unknown> | undefined, void, unknown>} Work
 */

// Each kind of job: a generator that yields after a slice of the work. What comes first goes first.
const JOBS = {
  /**
   * Pictures of places: `places` (n * 2), under a condition. Answers with sheets of them, a bitmap each of pictures side by side, with a
   * `gutter` of so many px on either side of each.
   * What stands out from their `ground`, if they have one, is drawn in an `ink`, [red, green, blue], or in its colour; all of it is fainter where
   * places are further from all points.
   * @param {TilesJob} job
   * @returns {Work}
   */
  *tiles({ id, places, condition, ground, ink }) {
    const decoder = yield* waitFor(model.decoder());
    const space = yield* waitFor(model.space());
    const [channels, height, width] = decoder.imageShape;
    const area = height * width;
    const pitch = width + 2 * GUTTER;
    const count = places.length / 2;
    const latents = new Float32Array(SHEET * space.dims);
    const trust = new Float32Array(SHEET);
    const sheet = Math.max(1, Math.min(SHEET, Math.floor(MAX_BITMAP_WIDTH / pitch)));
    for (let first = 0; first < count; first += sheet) {
      const taken = Math.min(sheet, count - first);
      const image = new ImageData(pitch * taken, height);
      const whole = new Uint32Array(image.data.buffer); // a pixel each
      for (let n = 0; n < taken; n++)
        trust[n] = space.inverseTransform(places.subarray(2 * (first + n)), latents, n * space.dims);
      decoder.tune(condition); // a field may have been computed under another meanwhile
      decoder.decodeMany(latents, taken, (index, pixels) => {
        for (let p = 0; p < area; p++) {
          const at = 4 * (Math.floor(p / width) * pitch * taken + index * pitch + GUTTER + (p % width));
          cutOut(image.data, at, channels, (c) => pixels[c * area + p], ground, ink);
          image.data[at + 3] *= trust[index];
        }
        for (let y = 0; y < height; y++) {
          const left = (y * taken + index) * pitch;
          const right = left + GUTTER + width;
          whole.fill(whole[left + GUTTER], left, left + GUTTER).fill(whole[right - 1], right, right + GUTTER);
        }
      });
      const bitmap = yield* waitFor(createImageBitmap(image));
      send({ kind: "tiles", id, first, count: taken, bitmap, gutter: GUTTER }, [bitmap]);
    }
    send({ kind: "tiles", id, done: true });
  },

  /**
   * A field over a grid, under a condition. Answers with its values.
   * @param {FieldJob} job
   * @returns {Work}
   */
  *field({ id, name, grid, condition }) {
    /** @type {import("../render/fields.js").Tools} */
    const tools = { decoder: yield* waitFor(model.decoder()), space: yield* waitFor(model.space()) };
    if (name === "cycle") tools.encoder = yield* waitFor(model.encoder());
    if (name === "density" || name === "class") tools.points = yield* waitFor(pointsAt(condition));
    const values = new Float32Array(grid.columns * grid.rows);
    const work = FIELDS[name](grid, tools, values);
    for (let done = false; !done; ) {
      tools.decoder.tune(condition); // tiles may have been drawn under another meanwhile
      tools.encoder?.tune(condition);
      done = Boolean(work.next().done);
      yield;
    }
    send({ kind: "field", id, values }, [values.buffer]);
  },

  /**
   * Reconstruction errors of points, by index, in nats: of their `latents` (n * D) under a condition, and where the model takes those under their
   * `labels` (n), against the images that `originals` has.
   * @param {ErrorsJob} job
   * @returns {Work}
   */
  *errors({ id, indices, latents, labels, condition, originals }) {
    const decoder = yield* waitFor(model.decoder());
    const values = new Float32Array(indices.length);
    /** @type {LRUMap<number, Uint8Array>} */
    const parts = new LRUMap(MAX_PARTS);
    for (let first = 0; first < indices.length; first += SHEET) {
      const some = indices.subarray(first, first + SHEET);
      for (const index of some) {
        const part = Math.floor(index / originals.rows);
        if (!parts.get(part)) parts.set(part, (yield* waitFor(fetchBlock(`${originals.url}/${part}`))).arrays.rows);
      }
      decoder.tune(condition);
      /** @param {number} at */
      const score = (at) => {
        const part = Math.floor(some[at] / originals.rows);
        const from = (some[at] - part * originals.rows) * decoder.size;
        const image = parts.get(part)?.subarray(from, from + decoder.size);
        if (image) values[first + at] = decoder.errorOf(image);
      };
      const theirs = latents.subarray(decoder.latentDim * first);
      decoder.reconstructMany(theirs, labels.subarray(first, first + SHEET), score);
      if (first % (8 * SHEET) === 0) send({ kind: "errors", id, done: first });
      yield;
    }
    send({ kind: "errors", id, values });
  },
};

/** @type {Map<string, Job>} */
const jobs = new Map(); // kind -> what was asked for
let model = modelOf({
  kind: "model",
  urls: { program: "", encoder: "", points: "", keyframes: null, spreads: null },
  projected: false,
});
/** @type {{ beta: number, points: Points } | undefined} */
let known; // the points at the beta that was asked for last
let running = false;

self.onmessage = ({ data }) => {
  if (data.kind === "model") {
    known = undefined;
    model = modelOf(data);
  } else {
    jobs.set(data.kind, data);
    run();
  }
};

/**
 * `urls`: { program, encoder, points, keyframes, spreads }, the last two null for a model for one beta; `projected` says whether its
 * points were laid out in a plane.
 * @param {ModelMessage} about
 */
function modelOf({ urls, projected }) {
  /**
   * @template Value
   * @param {() => Promise<Value>} make
   * @returns {() => Promise<Value>}
   */
  const later = (make) => {
    /** @type {Promise<Value> | undefined} */
    let promise;
    return () =>
      (promise ??= make().catch((error) => {
        promise = undefined; // the next one tries again
        throw error;
      }));
  };
  const points = later(() => fetchBlock(urls.points));
  return {
    decoder: later(async () => new Decoder(await fetchBlock(urls.program), true)),
    encoder: later(async () => new Encoder(await fetchBlock(urls.encoder))),
    points,
    space: later(async () => spaceOf(projected ? await points() : { header: {}, arrays: {} })),
    spreads: later(() => fetchBlock(urls.spreads ?? "")),
    keyframes: later(async () => (urls.keyframes ? new Keyframes(await fetchBlock(urls.keyframes)) : null)),
  };
}

/**
 * Those of the map under a condition, whose beta is what moves them.
 * @param {Condition} condition
 */
async function pointsAt({ beta }) {
  if (known?.beta === beta) return known.points;
  const asked = model.points;
  const [{ arrays }, frames] = await Promise.all([asked(), model.keyframes()]);
  let { mean, std, tilt, label } = arrays;
  if (frames?.mean) {
    const spreads = await model.spreads();
    mean = frames.between(frames.mean, beta, new Float32Array(frames.out.length));
    std = frames.between(spreads.arrays.std, beta, new Float32Array(frames.out.length));
    const whole = label;
    if (frames.index) label = frames.index.map((i) => whole[i]);
  }
  const points = new Points(mean, std, label, tilt);
  if (asked === model.points) known = { beta, points }; // or they were laid out otherwise meanwhile
  return points;
}

/**
 * For a generator, what `await` is elsewhere.
 * @template Value
 * @param {Promise<Value>} promise
 * @returns {Generator<Promise<unknown>, Value, unknown>}
 */
function* waitFor(promise) {
  /** @type {{ value: Value } | { error: unknown } | undefined} */
  let ended;
  yield promise.then(
    (value) => (ended = { value }),
    (error) => (ended = { error }),
  );
  const outcome = /** @type {{ value: Value } | { error: unknown }} */ (/** @type {unknown} */ (ended));
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

/**
 * Tells the page something.
 * @param {object} message
 * @param {Transferable[]} given what is handed over rather than copied
 */
function send(message, given = []) {
  self.postMessage(message, { transfer: given });
}

/** @param {Job} job @returns {Work} */
function workOn(job) {
  const begin = /** @type {Record<string, (job: Job) => Work>} */ (/** @type {unknown} */ (JOBS))[job.kind];
  return begin(job);
}

async function run() {
  if (running) return;
  running = true;
  /** @type {Map<string, [Job, Work]>} */
  const begun = new Map(); // kind -> the job, and how far it is
  for (;;) {
    const kind = Object.keys(JOBS).find((name) => jobs.has(name));
    const job = jobs.get(kind ?? "");
    if (!kind || !job) break;
    const before = begun.get(kind);
    const work = before?.[0] === job ? before[1] : workOn(job);
    begun.set(kind, [job, work]);
    /** @type {IteratorResult<Promise<unknown> | undefined, void>} */
    let step = { done: true, value: undefined };
    try {
      step = work.next();
      await step.value;
    } catch (error) {
      send({ kind, id: job.id, error: /** @type {Error} */ (error).message });
    }
    if (step.done && jobs.get(kind) === job) jobs.delete(kind);
    await nextTask();
  }
  running = false;
}

/** Resolves when messages that have arrived meanwhile have been heard. */
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
}
