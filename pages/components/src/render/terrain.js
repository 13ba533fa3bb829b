// The terrain: the plane itself, decoded. Pictures of a lattice of places lie behind the points, and are decoded anew at every zoom and
// pan like the tiles of a street map: larger ones first, then those of the size that was asked for.
//
// Level l has cells as wide as 2^(l/2), from the origin. So a cell of level l is a quarter of one of level l + 2, which stands in for it
// until its own picture is there.

import { same } from "../nn/condition.js";
import { contextOf, fit, h } from "../shared/dom.js";
import { Fade } from "./fade.js";
import { groundOf } from "./ground.js";

const FADE = 180; // ms a picture takes to appear
const MAX_BYTES = 64e6; // of pictures that are kept
const BARE_STRENGTH = 0.6; // of the usual strength, for pictures without a ground, which cover all that they are drawn on
const MAX_MOVING = 48; // pictures that are drawn in one frame while points move, so that none takes too long
const ANCESTORS = 4; // that are looked for, each twice as wide as the one before

/**
 * Pictures that came together, in cells; `left` of them are still in use.
 * @typedef {{ bitmap: ImageBitmap, gutter: number, cells: Cell[], used: number, left: number }} Sheet
 * A picture of a place under a condition, and when there was first one.
 * @typedef {{ key: string, sheet: Sheet, place: number, condition: Condition, born: number }} Cell
 * What was asked for: cells, at first so many `wider` ones.
 * @typedef {{ keys: string[], condition: Condition, where: string, wider: number }} Job
 */

export class Terrain {
  /**
   * `background`: the worker, which has been told of the model. `pictures`: pixel means of some points, with shape (C, H, W).
   * @param {import("../worker/background.js").Background} background
   * @param {ImageShape} imageShape
   * @param {Pixels[]} pictures
   */
  constructor(background, imageShape, pictures) {
    this.background = background;
    this.high = imageShape[1];
    this.wide = imageShape[2];
    this.most = Math.min(5000, MAX_BYTES / (4 * this.wide * this.high));
    this.ground = groundOf(pictures, imageShape);
    this.fade = new Fade();
    this.element = h("canvas", { className: "zs-terrain", "aria-hidden": "true" });
    this.context = contextOf(this.element);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.fixed = false; // it has as many pictures as people choose
    this.on = false;
    this.size = 1; // of a picture in px, at least
    /** @type {Rgb} */
    this.ink = [0, 0, 0];
    this.lastJob = this.frame = 0;
    /** @type {{ frame: Frame, box: Box, width: number, height: number, condition: Condition, detail: LevelOfDetail, home: Ranges, moving: boolean } | undefined} */
    this.view = undefined;
    this.level = 0;
    this.width = this.height = 1; // of its cells, in the plane
    /** @type {number[]} */
    this.seen = [0, 0, 0, 0]; // its first and last column, and row
    /** @type {Set<Sheet>} */
    this.sheets = new Set();
    /** @type {Map<number, Job>} */
    this.jobs = new Map();
    this.busy = false;
    /** @type {Map<string, Cell>} */
    this.cells = new Map();
    /** @type {{ where: string, condition: Condition } | undefined} */
    this.asked = undefined;
    /** @type {string | undefined} */
    this.drawn = undefined; // what was drawn last
    this.whole = true; // whether all is to be drawn anew, and not only these
    /** @type {Map<string, [number, number]>} */
    this.stale = new Map(); // cells of the level whose picture is another one, or fades in: column and row of each
    background.on("tiles", (answer) => this.take(answer));
  }

  /**
   * `on`; `size` of a picture in px, at least; `ink`: [red, green, blue].
   * @param {{ on: boolean, size: number, strength: number, ink: Rgb }} settings
   */
  set({ on, size, strength, ink }) {
    if (String(ink) !== String(this.ink)) this.forget();
    this.on = on;
    this.size = size;
    this.ink = ink;
    this.element.hidden = !on;
    this.element.style.opacity = String(this.ground ? strength : BARE_STRENGTH * strength);
    this.drawn = undefined;
  }

  forget() {
    for (const { bitmap } of this.sheets) bitmap.close();
    this.sheets = new Set();
    this.jobs = new Map();
    this.busy = false;
    this.cells = new Map();
    this.stale.clear();
    this.asked = undefined;
    this.drawn = undefined;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.forget();
  }

  /**
   * Draws what there is and asks for what is missing in a `View`, behind the points of a `LevelOfDetail`; the opening view holds the ranges `home`.
   * While the points are `moving`, a picture fades by where they lie as it comes, and all do again once the points rest.
   * @param {{ frame: Frame, box: Box, width: number, height: number }} view
   * @param {Condition} condition
   * @param {LevelOfDetail} detail
   * @param {Ranges} home
   * @param {boolean} moving
   */
  draw({ frame, box, width, height }, condition, detail, home, moving) {
    if (!this.on) return;
    this.view = { frame, box, width, height, condition, detail, home, moving };
    this.plan(frame, box);
    if (!moving) this.fade.take(detail, home);
    const look = JSON.stringify([frame, box, this.level, devicePixelRatio, moving || this.fade.version]);
    if (look !== this.drawn) {
      this.drawn = look;
      this.whole = true;
      this.paint();
    }
    this.ask();
  }

  /**
   * Which cells can be seen, and at what level.
   * @param {Frame} frame
   * @param {Box} box
   */
  plan(frame, box) {
    this.level = Math.ceil(2 * Math.log2(this.size / frame.width) - 1e-6);
    this.width = 2 ** (this.level / 2);
    this.height = (this.width * this.high) / this.wide;
    const [left, right] = [box[0], box[0] + box[2]].map((px) => (px - frame.left) / frame.width / this.width);
    const [high, low] = [box[1], box[1] + box[3]].map((px) => (px - frame.top) / frame.height / this.height);
    this.seen = [left, right, low, high].map(Math.floor);
  }

  paint() {
    const { context, element, view, whole } = this;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!view || !this.on) return;
    const size = fit(element, view);
    if (!size) return;
    const [wide, high, scale] = size;
    const { frame, box, detail, home, moving } = view;
    const cells = whole ? this.cellsInView() : [...this.stale.values()].slice(0, moving ? MAX_MOVING : undefined);
    const now = performance.now();
    /** @param {number} i */
    const across = (i) => Math.round((frame.left + i * this.width * frame.width) * scale);
    /** @param {number} j */
    const down = (j) => Math.round((frame.top + j * this.height * frame.height) * scale);
    /** @param {Box} area @param {[number, number][]} some */
    const renew = (area, some) => {
      context.save();
      context.beginPath();
      context.rect(...area);
      context.clip();
      context.clearRect(...area);
      for (const [i, j] of some) {
        const key = keyOf(this.level, i, j);
        this.stale.delete(key);
        if (this.paintPlace(key, i, j, spotOf(i, j), now)) this.stale.set(key, [i, j]);
      }
      this.fade.apply(context, frame, scale, [this.width, this.height]);
      context.restore();
    };
    /** @param {number} i @param {number} j @returns {Box} */
    const spotOf = (i, j) => [across(i), down(j + 1), across(i + 1) - across(i), down(j) - down(j + 1)];
    this.fade.take(detail, home);
    if (whole) this.stale.clear();
    this.whole = false;
    context.save();
    context.beginPath();
    context.rect(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale);
    context.clip();
    if (whole) renew([0, 0, wide, high], cells);
    else for (const [i, j] of cells) renew(spotOf(i, j), [[i, j]]);
    context.restore();
    if (this.stale.size) this.paintSoon();
    else this.ask();
  }

  /** Draws what is stale with the next frame. */
  paintSoon() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  /** @returns {[number, number][]} */
  cellsInView() {
    const [first, last, bottom, top] = this.seen;
    /** @type {[number, number][]} */
    const cells = [];
    for (let j = bottom; j <= top; j++) for (let i = first; i <= last; i++) cells.push([i, j]);
    return cells;
  }

  /**
   * The picture of a cell, or what stands in for it; returns whether it is still fading in.
   * @param {string} key
   * @param {number} i
   * @param {number} j
   * @param {Box} spot
   * @param {number} now
   */
  paintPlace(key, i, j, spot, now) {
    const cell = this.cells.get(key);
    const share = cell ? this.shareOf(cell, now) : 0;
    const fading = share < 1 && this.paintAncestor(i, j, spot, 1 - share, now);
    if (!cell) return fading;
    this.paintCell(cell, [0, 0, 1, 1], spot, share);
    return share < 1;
  }

  /**
   * The part of a wider cell that lies where a missing one should; returns whether that one is still fading in.
   * @param {number} i
   * @param {number} j
   * @param {Box} spot
   * @param {number} share
   * @param {number} now
   */
  paintAncestor(i, j, spot, share, now) {
    for (let up = 1; up <= ANCESTORS; up++) {
      const cell = this.cells.get(keyOf(this.level + 2 * up, i >> up, j >> up));
      if (!cell) continue;
      const part = 1 / 2 ** up;
      const [right, above] = [i - ((i >> up) << up), j - ((j >> up) << up)];
      const own = this.shareOf(cell, now);
      this.paintCell(cell, [right * part, 1 - (above + 1) * part, part, part], spot, share * own);
      return own < 1;
    }
    return false;
  }

  /** @param {Cell} cell @param {Box} part @param {Box} spot @param {number} share */
  paintCell({ sheet, place }, [left, top, width, height], spot, share) {
    sheet.used = performance.now();
    this.context.globalAlpha = share;
    const { wide, high } = this;
    const from = place * (wide + 2 * sheet.gutter) + sheet.gutter;
    this.context.drawImage(sheet.bitmap, from + left * wide, top * high, width * wide, height * high, ...spot);
  }

  /** @param {Cell} cell @param {number} now */
  shareOf({ born }, now) {
    return this.still.matches ? 1 : Math.min(1, (now - born) / FADE);
  }

  /** Asks the worker for what can be seen and isn't there: wider cells first where there is nothing at all, then from the middle outwards. */
  ask() {
    if (!this.view) return;
    const { condition } = this.view;
    const where = [this.level, ...this.seen].join();
    // It moves on when the last is done, and drawn.
    if (this.asked?.where === where && (same(this.asked.condition, condition) || this.busy || this.stale.size)) return;
    this.asked = { where, condition };
    const [first, last, bottom, top] = this.seen;
    /** @type {Set<string>} */
    const wider = new Set();
    const own = [];
    for (let j = bottom; j <= top; j++) {
      for (let i = first; i <= last; i++) {
        const key = keyOf(this.level, i, j);
        const cell = this.cells.get(key);
        if (same(cell?.condition, condition)) continue;
        own.push({ key, i, j });
        const parent = keyOf(this.level + 2, i >> 1, j >> 1);
        if (!cell && !this.cells.has(parent)) wider.add(parent);
      }
    }
    if (wider.size === 0) this.element.dataset.covered = where;
    if (!own.length) {
      this.element.dataset.settled = where;
      return;
    }
    const [middle, centre] = [(first + last) / 2, (bottom + top) / 2];
    own.sort((a, b) => Math.hypot(a.i - middle, a.j - centre) - Math.hypot(b.i - middle, b.j - centre));
    const keys = [...wider, ...own.map(({ key }) => key)];
    const places = Float32Array.from(keys.flatMap((key) => this.centreOf(key)));
    this.jobs = new Map([...this.jobs].slice(-1)); // of the one that is dropped an answer may be under way
    this.jobs.set(++this.lastJob, { keys, condition, where, wider: wider.size });
    this.busy = true;
    this.background.ask("tiles", { id: this.lastJob, places, condition, ground: this.ground, ink: this.ink });
  }

  /** @param {string} key @returns {Place} */
  centreOf(key) {
    const [level, i, j] = key.split(" ").map(Number);
    const width = 2 ** (level / 2);
    return [(i + 0.5) * width, ((j + 0.5) * width * this.high) / this.wide];
  }

  /**
   * An answer of the worker.
   * @param {WorkerAnswer} answer
   */
  take({ id, first, count, bitmap, gutter, done, error }) {
    const job = this.jobs.get(id);
    if (error) {
      console.warn(error);
      if (id === this.lastJob) this.busy = false;
      return;
    }
    if (done) {
      if (id !== this.lastJob) return;
      this.busy = false;
      if (!this.asked) return; // forgotten meanwhile
      this.element.dataset.settled = this.asked.where;
      if (!same(this.asked.condition, this.view?.condition)) this.ask();
      return;
    }
    if (!job) {
      bitmap.close();
      return;
    }
    /** @type {Sheet} */
    const sheet = { bitmap, gutter, cells: [], left: count, used: performance.now() };
    this.sheets.add(sheet);
    for (let place = 0; place < count; place++) {
      const key = job.keys[first + place];
      const before = this.cells.get(key);
      if (before && --before.sheet.left === 0) this.drop(before.sheet);
      const cell = { key, sheet, place, condition: job.condition, born: before ? before.born : performance.now() };
      sheet.cells.push(cell);
      this.cells.set(key, cell);
      const [level, i, j] = key.split(" ").map(Number);
      if (level === this.level) this.stale.set(key, [i, j]);
      else this.whole = true; // it may stand in for many
    }
    this.makeRoom();
    if (first + count >= job.wider) this.element.dataset.covered = job.where; // by something, if not yet by its own
    if (this.on) this.paintSoon();
  }

  /** Drops the pictures that were drawn longest ago, once there are too many. */
  makeRoom() {
    if (this.cells.size <= this.most) return;
    for (const sheet of [...this.sheets].sort((a, b) => a.used - b.used)) {
      if (this.cells.size <= this.most / 2) break;
      for (const cell of sheet.cells) if (this.cells.get(cell.key) === cell) this.cells.delete(cell.key);
      this.drop(sheet);
    }
  }

  /** @param {Sheet} sheet */
  drop(sheet) {
    sheet.bitmap.close();
    this.sheets.delete(sheet);
  }
}

/** @param {number} level @param {number} i @param {number} j */
function keyOf(level, i, j) {
  return `${level} ${i} ${j}`;
}
