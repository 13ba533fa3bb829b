// Which part of the plane is seen, and how its places become pixels. It glides to where it is sent.

const MARGIN = { left: 44, right: 12, top: 12, bottom: 40 }; // px around the plane, for the axes
const GLIDE = 55; // ms in which what is left of a way shrinks to a third
const ARRIVAL_DISTANCE = 0.25; // px from where it is going at which a view is there
const ZOOM_OUT = 5; // times what holds every point
const DECIMAL_SIZE = 2; // px that the last decimal of a place counts at most

export class View {
  /**
   * `wanted`: the ranges { x, y } to see first, `all`: those that hold every point, `closest`: width of the closest look. `listener`:
   * { moved(), rested() }, called at every change and at the end of a way.
   * @param {Ranges} wanted
   * @param {Ranges} all
   * @param {number} closest
   * @param {{ moved(): void, rested(): void }} listener
   */
  constructor(wanted, all, closest, listener) {
    this.wanted = wanted;
    this.all = all;
    this.closest = closest;
    this.listener = listener;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.width = this.height = 0; // px that there are
    /** @type {Ranges | undefined} */
    this.goal = undefined; // where it is gliding to
    this.gliding = 0;
    const { x, y } = this.fitted(wanted);
    this.x = x;
    this.y = y;
  }

  /**
   * Shows the ranges { x, y } at once.
   * @param {Ranges} ranges
   */
  look(ranges) {
    this.stop();
    this.wanted = ranges;
    ({ x: this.x, y: this.y } = this.fitted(ranges));
  }

  /**
   * Another plane: what was seen is so many times as large there, all of it lies within `all`, and the closest look is so wide.
   * @param {number} times
   * @param {Ranges} all
   * @param {number} closest
   */
  rescale(times, all, closest) {
    this.all = all;
    this.closest = closest;
    this.look({ x: both(this.x, (end) => times * end), y: both(this.y, (end) => times * end) });
  }

  /**
   * Px that there are for it; returns whether they are others than before.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    if (width === this.width && height === this.height) return false;
    [this.width, this.height] = [width, height];
    this.stop();
    ({ x: this.x, y: this.y } = this.fitted(this.wanted));
    return true;
  }

  /** Width of the widest look: every point is a small part of it. */
  get widest() {
    const [, , wide, high] = this.box;
    return ZOOM_OUT * Math.max(lengthOf(this.all.x), (lengthOf(this.all.y) * wide) / high);
  }

  /** Decimals of a place that make a difference on the screen. */
  get digits() {
    return Math.max(0, Math.ceil(Math.log10(this.frame.width / DECIMAL_SIZE) - 1e-9));
  }

  /**
   * Where the plane is drawn: [left, top, width, height] in px.
   * @returns {Box}
   */
  get box() {
    const { left, right, top, bottom } = MARGIN;
    return [left, top, Math.max(1, this.width - left - right), Math.max(1, this.height - top - bottom)];
  }

  /**
   * A place of the plane lies at (left + x width, top + y height), in px.
   * @returns {Frame}
   */
  get frame() {
    const [left, top, wide, high] = this.box;
    const [width, height] = [wide / (this.x[1] - this.x[0]), -high / (this.y[1] - this.y[0])];
    return { left: left - this.x[0] * width, top: top - this.y[1] * height, width, height };
  }

  /** @param {Place} place @returns {Spot} */
  toPixels([x, y]) {
    const { left, top, width, height } = this.frame;
    return [left + x * width, top + y * height];
  }

  /** @param {Spot} spot @returns {Place} */
  toLatent([across, down]) {
    const { left, top, width, height } = this.frame;
    return [(across - left) / width, (down - top) / height];
  }

  /**
   * Whether a spot, in px, is inside the axes.
   * @param {Spot} spot
   */
  holds([across, down]) {
    const [left, top, width, height] = this.box;
    return across >= left && across <= left + width && down >= top && down <= top + height;
  }

  /**
   * Shows the ranges { x, y }, or as much more as it takes for a unit to be as long across as up: distances on the screen are distances
   * in the plane.
   * @param {Ranges} ranges
   */
  go(ranges) {
    this.wanted = ranges;
    this.goal = this.fitted(ranges);
    if (this.still.matches) this.arrive(this.goal);
    else this.gliding ||= requestAnimationFrame((now) => this.glide(now, now));
  }

  /**
   * Zooms out by a factor, or in by one below 1, around a spot in px, which stays where it is.
   * @param {number} factor
   * @param {Spot} spot
   */
  zoom(factor, [across, down]) {
    const [left, top, wide, high] = this.box;
    const { x, y } = this.goal ?? this;
    const around = [x[0] + ((across - left) / wide) * (x[1] - x[0]), y[1] - ((down - top) / high) * (y[1] - y[0])];
    const width = x[1] - x[0];
    const by = Math.min(this.widest, Math.max(this.closest, width * factor)) / width;
    this.go({
      x: both(x, (end) => around[0] + (end - around[0]) * by),
      y: both(y, (end) => around[1] + (end - around[1]) * by),
    });
  }

  /**
   * Follows a finger or a pointer that holds the plane, by so many px.
   * @param {number} dx
   * @param {number} dy
   */
  drag(dx, dy) {
    const { width, height } = this.frame;
    const { x, y } = this.goal ?? this;
    this.wanted = { x: both(x, (end) => end - dx / width), y: both(y, (end) => end - dy / height) };
    this.stop();
    ({ x: this.x, y: this.y } = this.fitted(this.wanted));
    this.listener.moved();
  }

  /** It was let go of. */
  end() {
    if (!this.goal) this.listener.rested();
  }

  stop() {
    cancelAnimationFrame(this.gliding);
    this.gliding = 0;
    this.goal = undefined;
  }

  /** @param {number} before @param {number} now */
  glide(before, now) {
    const share = 1 - Math.exp(-Math.max(1, now - before) / GLIDE);
    const { goal } = this;
    if (!goal) return;
    /** @param {Span} from @param {Span} to @returns {Span} */
    const along = (from, to) => [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
    const next = { x: along(this.x, goal.x), y: along(this.y, goal.y) };
    const left = Math.max(apart(next.x, goal.x), apart(next.y, goal.y));
    if (left * this.frame.width < ARRIVAL_DISTANCE) {
      this.arrive(goal);
      return;
    }
    [this.x, this.y] = [next.x, next.y];
    this.gliding = requestAnimationFrame((later) => this.glide(now, later));
    this.listener.moved();
  }

  /** @param {Ranges} goal */
  arrive(goal) {
    [this.x, this.y] = [goal.x, goal.y];
    this.stop();
    this.listener.moved();
    this.listener.rested();
  }

  /** @param {Ranges} ranges @returns {Ranges} */
  fitted({ x, y }) {
    const [, , wide, high] = this.box;
    const unit = Math.max((x[1] - x[0]) / wide, (y[1] - y[0]) / high); // of the plane, for a pixel
    const most = (ZOOM_OUT / 2) * Math.max(lengthOf(this.all.x), lengthOf(this.all.y)); // that one can go from the middle of all
    /** @param {Span} range @param {number} px @param {Span} all @returns {Span} */
    const around = ([from, to], px, [low, top]) => {
      const centre = (low + top) / 2;
      const wanted = (from + to) / 2;
      const middle = Math.min(centre + most, Math.max(centre - most, wanted));
      // What fits stays to the last digit, for a second map may follow.
      if (middle === wanted && Math.abs((to - from) / unit - px) < 1e-6) return [from, to];
      return [middle - (unit * px) / 2, middle + (unit * px) / 2];
    };
    return { x: around(x, wide, this.all.x), y: around(y, high, this.all.y) };
  }
}

/** @param {Span} range @param {(end: number) => number} of @returns {Span} */
function both([from, to], of) {
  return [of(from), of(to)];
}

/** @param {Span} a @param {Span} b */
function apart(a, b) {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
}

/** @param {Span} range */
function lengthOf([from, to]) {
  return to - from;
}
