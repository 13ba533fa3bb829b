// Pointer, fingers and keys on the plane.

import { SHAPES } from "../geometry/selection.js";
import { RENEW_KEY } from "../panels/lower.js";
import { DRAW_KEY } from "../panels/picture_choice.js";

export const ALL_KEY = "a";
const CLICK_RADIUS = 4; // px between pointer down and up that still is a click
const KEY_STEP = 8; // px an arrow key moves; with Shift five times as far
const WHEEL = 0.003; // of a doubling, for a px of the wheel
const WHEEL_UNITS = [1, 16, 400]; // px, where a wheel counts in px, lines or pages
const MAX_WHEEL = 240; // px, of one event
const IDLE_TIME = 800; // ms in which nobody moves anything before the page may be kept busy
const PINCH = 5; // times as far goes a wheel that stands for two fingers on a touchpad, which browsers say by Ctrl

export class Gestures {
  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
    /** @type {Map<number, Spot>} */
    this.fingers = new Map(); // id -> where it is
    this.last = performance.now(); // when somebody moved something, or could have begun to
    /** @type {{ x: number, y: number, inside: boolean, holds: boolean } | null} */
    this.down = null; // where a button or a finger went down
    /** @type {Spot | null} */
    this.before = null; // where a pointer that holds the plane was
    const { plot } = plane;
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointermove", (event) => this.move(event));
    plot.addEventListener("pointerup", (event) => this.release(event));
    plot.addEventListener("pointercancel", (event) => this.drop(event));
    plot.addEventListener("pointerleave", () => this.leave());
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    plot.addEventListener("keydown", (event) => this.key(event));
    // One finger reads the map as the pointer does, so the page must not scroll where it shouldn't.
    plot.addEventListener(
      "touchstart",
      (event) => getComputedStyle(plot).touchAction === "none" && event.preventDefault(),
      { passive: false },
    );
  }

  /** Resolves once nobody has moved anything on the map for a while. */
  async unused() {
    for (;;) {
      const left = this.last + IDLE_TIME - performance.now();
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  /**
   * Where a pointer is, in px of the plot.
   * @param {{ clientX: number, clientY: number }} event
   * @returns {Spot}
   */
  spotOf({ clientX, clientY }) {
    const box = this.plane.plot.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  /**
   * The place under a pointer, or null beside the axes.
   * @param {{ clientX: number, clientY: number }} event
   */
  placeUnder(event) {
    const { view } = this.plane;
    const spot = this.spotOf(event);
    return view.holds(spot) ? view.toLatent(spot) : null;
  }

  /** @param {PointerEvent} event */
  press(event) {
    const { plane, fingers } = this;
    plane.dwell.end();
    const inside = Boolean(this.placeUnder(event));
    const mouse = event.pointerType !== "touch";
    this.down = { x: event.clientX, y: event.clientY, inside, holds: inside && mouse && event.button === 0 };
    if (inside) plane.plot.setPointerCapture(event.pointerId); // a drag goes on beside the map
    if (mouse) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size < 2) this.point(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { plane, fingers, down } = this;
    const mouse = event.pointerType === "mouse";
    this.last = performance.now();
    plane.cursor.pointer = mouse ? this.spotOf(event) : null;
    plane.pointLayer.wait();
    if (down?.holds && event.buttons & 1 && this.hold(event)) return; // the cursor has gone along
    if (plane.view.goal && mouse) return; // the cursor goes there with the next step of the glide
    if (fingers.has(event.pointerId)) this.pinch(event);
    const inside = fingers.size < 2 && this.point(event);
    if (inside && mouse && event.buttons === 0) plane.dwell.begin();
    else plane.dwell.end();
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { fingers, down } = this;
    const alone = fingers.size < 2;
    this.drop(event);
    const still = down?.inside && Math.hypot(event.clientX - down.x, event.clientY - down.y) <= CLICK_RADIUS;
    if (still && alone && event.button === 0 && this.point(event)) this.plane.cursor.click();
  }

  /** @param {PointerEvent} event */
  drop(event) {
    if (this.before || this.fingers.size > 1) this.plane.view.end();
    this.fingers.delete(event.pointerId);
    this.down = this.before = null;
    this.plane.plot.classList.remove("zs-held");
  }

  leave() {
    const { plane } = this;
    plane.cursor.pointer = null;
    plane.dwell.end();
    plane.listener.changed();
  }

  /**
   * Moves the cursor under a pointer; returns whether it is on the map.
   * @param {PointerEvent} event
   */
  point(event) {
    const z = this.placeUnder(event);
    if (z) this.plane.cursor.moveTo(z);
    return Boolean(z);
  }

  /**
   * The plane goes along with a pointer that holds it; returns whether it has begun to.
   * @param {PointerEvent} event
   */
  hold({ clientX, clientY }) {
    const { plane, down } = this;
    if (!down) return false;
    const from = this.before ?? [down.x, down.y];
    if (!this.before && Math.hypot(clientX - down.x, clientY - down.y) <= CLICK_RADIUS) return false;
    this.before = [clientX, clientY];
    plane.plot.classList.add("zs-held");
    plane.view.drag(clientX - from[0], clientY - from[1]);
    return true;
  }

  /**
   * Two fingers move the plane, and zoom around the place between them.
   * @param {PointerEvent} event
   */
  pinch(event) {
    const { plane, fingers } = this;
    const spread = () => {
      const [[ax, ay], [bx, by]] = [...fingers.values()];
      return { width: Math.hypot(ax - bx, ay - by), clientX: (ax + bx) / 2, clientY: (ay + by) / 2 };
    };
    const before = fingers.size === 2 ? spread() : null;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!before) return;
    const after = spread();
    plane.view.drag(after.clientX - before.clientX, after.clientY - before.clientY);
    if (before.width > 0 && after.width > 0) plane.view.zoom(before.width / after.width, this.spotOf(after));
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const { plane } = this;
    if (!this.placeUnder(event)) return;
    event.preventDefault();
    plane.dwell.end();
    this.last = performance.now();
    const px = event.deltaY * WHEEL_UNITS[event.deltaMode] * (event.ctrlKey ? PINCH : 1);
    plane.view.zoom(2 ** (WHEEL * Math.min(MAX_WHEEL, Math.max(-MAX_WHEEL, px))), this.spotOf(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
    const { plane } = this;
    this.last = performance.now();
    const step = KEY_STEP * (event.shiftKey ? 5 : 1);
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const shape = Object.keys(SHAPES).find((name) => SHAPES[name].key === event.key);
    if (event.key in moves) plane.cursor.step(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") plane.cursor.click();
    else if (event.key === "+" || event.key === "=") plane.navigation.zoomIn();
    else if (event.key === "-") plane.navigation.zoomOut();
    else if (event.key === "0") plane.navigation.open();
    else if (event.key === ALL_KEY) plane.navigation.showAll();
    else if (event.key === DRAW_KEY && plane.listener.redrawn) plane.listener.redrawn();
    else if (event.key === RENEW_KEY && plane.listener.renewed) plane.listener.renewed();
    else if (event.key === "Escape") plane.listener.escaped();
    else if (shape) plane.shapes.use(shape);
    else return;
    event.preventDefault();
  }
}
