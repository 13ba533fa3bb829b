// The moment of a film that is shown, a place among its snapshots, and how it moves.

const SECONDS = [6, 16]; // that a film takes at speed 1, however few or many snapshots it has
const PACE = 0.4; // seconds for each of them, where that lies in between
const SLIDE = 600; // ms that each snapshot is shown, where people want nothing to move
const FOLLOW_TIME = 900; // ms to a snapshot that has just come

export class Playhead {
  /**
   * @param {{ moment?: number, speed?: number }} known
   * @param {boolean} following whether it goes along with a training
   * @param {{ last(): number, glides(): boolean, show(moment: number): void, changed(): void }} listener `last` is the last moment that
   *   there is, `glides` says whether there is anything to be seen on the way to one
   */
  constructor({ moment = 0, speed = 1 }, following, listener) {
    this.moment = moment;
    this.speed = speed;
    this.following = following;
    this.playing = false;
    this.listener = listener;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.frame = 0;
  }

  /** @param {number} moment */
  show(moment) {
    this.moment = moment;
    this.listener.show(moment);
  }

  play() {
    const { listener } = this;
    const last = listener.last();
    if (last < 1) return;
    this.following = false;
    if (this.moment >= last) this.moment = 0;
    this.playing = true;
    listener.changed();
    let [before, next, shown] = [performance.now(), this.moment, Number.NEGATIVE_INFINITY];
    /** @param {number} now */
    const step = (now) => {
      const end = listener.last(); // there may be more of it by now
      next = Math.min(end, next + (rateOf(end, this.speed) * Math.max(0, now - before)) / 1000);
      before = now;
      if (!this.calm.matches) this.show(next);
      else if (next >= end || now - shown >= SLIDE) {
        this.show(Math.floor(next));
        shown = now;
      }
      if (next < end) this.frame = requestAnimationFrame(step);
      else this.pause();
    };
    this.frame = requestAnimationFrame(step);
  }

  pause() {
    this.stop();
    this.playing = false;
    this.listener.changed();
  }

  /**
   * Goes to a moment by itself.
   * @param {number} moment
   */
  glideTo(moment) {
    this.stop();
    if (!this.listener.glides() || this.calm.matches) {
      this.show(moment);
      return;
    }
    const [from, began] = [this.moment, performance.now()];
    /** @param {number} now */
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / FOLLOW_TIME));
      this.show(from + t * t * (3 - 2 * t) * (moment - from));
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /** @param {number} moment */
  seek(moment) {
    this.following = false;
    this.show(moment);
    this.pause();
  }

  /**
   * To the next snapshot, or the one before.
   * @param {number} way 1 or -1
   */
  turn(way) {
    const next = way > 0 ? Math.floor(this.moment + 1 + 1e-6) : Math.ceil(this.moment - 1 - 1e-6);
    this.seek(Math.min(this.listener.last(), Math.max(0, next)));
  }

  follow() {
    this.pause();
    this.following = true;
    this.listener.changed();
    this.glideTo(this.listener.last());
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }
}

/**
 * How many snapshots go by in a second, of a film whose last is number `last`.
 * @param {number} last
 * @param {number} speed
 */
export function rateOf(last, speed) {
  return (speed * last) / Math.min(SECONDS[1], Math.max(SECONDS[0], PACE * last));
}
