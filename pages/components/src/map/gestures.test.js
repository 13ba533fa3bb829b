import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../testing.js";
import { Gestures } from "./gestures.js";

const [LEFT, TOP] = [5, 7]; // px of the page that the plot begins at

/** A plane of 1 px for one in the latent, 100 px wide and high, and what its parts were asked for. */
function made() {
  const { clock } = stage();
  /** @type {unknown[][]} */
  const calls = [];
  const log =
    (/** @type {string} */ name) =>
    (/** @type {unknown[]} */ ...values) => {
      calls.push([name, ...values]);
    };
  const plot = Object.assign(new EventTarget(), {
    classList: { add() {}, remove() {} },
    setPointerCapture() {},
    getBoundingClientRect: () => ({ left: LEFT, top: TOP }),
  });
  const plane = {
    plot,
    dwell: { begin: log("dwell"), end() {} },
    pointLayer: { wait() {} },
    cursor: { pointer: null, moveTo: log("cursor"), click: log("click"), step: log("step") },
    view: {
      goal: null,
      holds: (/** @type {Spot} */ spot) => spot.every((at) => at >= 0 && at <= 100),
      toLatent: (/** @type {Spot} */ spot) => spot,
      drag: log("drag"),
      zoom: log("zoom"),
      end: log("end"),
    },
    navigation: { zoomIn: log("in"), zoomOut: log("out"), open: log("open"), showAll: log("all") },
    listener: { changed() {}, escaped: log("escaped") },
    shapes: { use: log("shape") },
  };
  const gestures = new Gestures(/** @type {any} */ (plane));
  const fire = (/** @type {string} */ kind, /** @type {object} */ about) => {
    calls.length = 0;
    const event = Object.assign(new Event(kind, { cancelable: true }), about);
    plot.dispatchEvent(event);
    return { calls: [...calls], prevented: event.defaultPrevented };
  };
  const pointer = (/** @type {string} */ kind, /** @type {number} */ x, /** @type {number} */ y, more = {}) =>
    fire(`pointer${kind}`, {
      pointerType: "mouse",
      pointerId: 1,
      button: 0,
      buttons: 0,
      clientX: LEFT + x,
      clientY: TOP + y,
      ...more,
    }).calls;
  return { fire, pointer, gestures, clock };
}

test("a pointer moves the cursor where the map is, and a button that goes up where it went down clicks", () => {
  const { pointer } = made();
  assert.deepEqual(pointer("move", 30, 40), [["cursor", [30, 40]], ["dwell"]]);
  assert.deepEqual(pointer("move", 130, 40), []);
  assert.deepEqual(pointer("down", 30, 40), []);
  assert.deepEqual(pointer("move", 32, 41, { buttons: 1 }), [["cursor", [32, 41]]]);
  assert.deepEqual(pointer("up", 32, 41), [["cursor", [32, 41]], ["click"]]);
});

test("a pointer that holds the plane drags it, and clicks nothing", () => {
  const { pointer } = made();
  pointer("down", 30, 40);
  assert.deepEqual(pointer("move", 40, 40, { buttons: 1 }), [["drag", 10, 0]]);
  assert.deepEqual(pointer("move", 43, 35, { buttons: 1 }), [["drag", 3, -5]]);
  assert.deepEqual(pointer("up", 43, 35), [["end"]]);
});

test("two fingers drag the plane and zoom it around the place between them", () => {
  const { pointer } = made();
  const first = { pointerType: "touch", pointerId: 1 };
  const second = { pointerType: "touch", pointerId: 2 };
  assert.deepEqual(pointer("down", 20, 50, first), [["cursor", [20, 50]]]);
  assert.deepEqual(pointer("down", 40, 50, second), []);
  assert.deepEqual(pointer("move", 60, 50, second), [
    ["drag", 10, 0],
    ["zoom", 0.5, [40, 50]],
  ]);
  assert.deepEqual(pointer("up", 60, 50, second), [["end"]]);
  assert.deepEqual(pointer("move", 25, 50, first), [["cursor", [25, 50]]]);
});

test("a wheel zooms in px, lines and pages alike, by no more than an event may, and beside the map the page scrolls", () => {
  const { fire } = made();
  const wheel = (/** @type {number} */ deltaY, /** @type {number} */ deltaMode, more = {}) => {
    const { calls, prevented } = fire("wheel", {
      deltaY,
      deltaMode,
      ctrlKey: false,
      clientX: 10,
      clientY: 20,
      ...more,
    });
    assert.equal(prevented, calls.length > 0);
    return calls[0]?.[1];
  };
  assert.equal(wheel(16, 0), wheel(1, 1));
  assert.equal(wheel(16, 0), 2 ** (0.003 * 16));
  assert.equal(wheel(-3, 2), wheel(-1e9, 0));
  assert.equal(wheel(5, 0, { ctrlKey: true }), wheel(25, 0));
  assert.equal(wheel(16, 0, { clientX: 200 }), undefined);
});

test("keys do what the sheet says, and the browser keeps its own", () => {
  const { fire } = made();
  const key = (/** @type {string} */ name, more = {}) => {
    const { calls, prevented } = fire("keydown", { key: name, ctrlKey: false, metaKey: false, altKey: false, ...more });
    assert.equal(prevented, calls.length > 0);
    return calls[0];
  };
  assert.deepEqual(key("ArrowUp"), ["step", 0, -8]);
  assert.deepEqual(key("ArrowLeft", { shiftKey: true }), ["step", -40, 0]);
  /** @type {[string, unknown[]][]} */
  const others = [
    ["Enter", ["click"]],
    [" ", ["click"]],
    ["+", ["in"]],
    ["-", ["out"]],
    ["0", ["open"]],
    ["a", ["all"]],
    ["b", ["shape", "box"]],
    ["l", ["shape", "lasso"]],
    ["Escape", ["escaped"]],
  ];
  for (const [name, call] of others) assert.deepEqual(key(name), call);
  assert.equal(key("x"), undefined);
  assert.equal(key("a", { ctrlKey: true }), undefined);
});

test("the map is unused once nobody has moved anything for a while, however often somebody did meanwhile", async (t) => {
  const { gestures, clock, pointer } = made();
  /** @type {number[]} */
  const waits = [];
  t.mock.method(globalThis, "setTimeout", (/** @type {() => void} */ run, /** @type {number} */ after) => {
    waits.push(after);
    clock.now += 300;
    if (waits.length === 1) pointer("move", 30, 40);
    clock.now += after - 300;
    queueMicrotask(run);
  });
  await gestures.unused();
  assert.deepEqual(waits, [800, 300]);
  await gestures.unused();
  assert.equal(waits.length, 2, "there is nothing to wait for");
});
