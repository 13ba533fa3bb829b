import assert from "node:assert/strict";
import { test } from "node:test";
import { close, random } from "../../testing.js";
import { axesOf, Marks } from "./marks.js";

test("the axes of an ellipse give its covariance again", () => {
  const next = random(1);
  for (let n = 0; n < 200; n++) {
    const [across, up, tilt] = [0.1 + next(), 0.1 + next(), 1.9 * (next() - 0.5)];
    const [along, beside, degrees] = axesOf([across, up, tilt]);
    assert.ok(along >= beside && beside >= 0);
    const turn = (-degrees * Math.PI) / 180; // the screen has down for up
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    close(
      [(along * c) ** 2 + (beside * s) ** 2, (along * s) ** 2 + (beside * c) ** 2, (along ** 2 - beside ** 2) * c * s],
      [across ** 2, up ** 2, tilt * across * up],
      1e-9,
    );
  }
});

test("without a correlation they are across and up", () => {
  assert.deepEqual(axesOf([0.2, 0.7]), [0.2, 0.7, 0]);
});

/** As much of an element as marks need. */
class Element {
  /** @param {string} tag */
  constructor(tag) {
    this.tag = tag;
    /** @type {Record<string, string>} */
    this.attributes = {};
    /** @type {(Element | string)[]} */
    this.children = [];
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  /** @param {(Element | string)[]} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @param {(Element | string)[]} children */
  replaceChildren(...children) {
    this.children = children;
  }
}

test("a prior's circles have the radii and the labels that it says", () => {
  Object.assign(globalThis, {
    document: { createElementNS: (/** @type {string} */ _, /** @type {string} */ tag) => new Element(tag) },
  });
  const marks = new Marks();
  const view = /** @type {any} */ ({ toPixels: () => [30, 200], frame: { width: 10 } });
  const drawn = () => /** @type {Element[]} */ (/** @type {unknown} */ (marks.circles.children));
  marks.drawPrior(
    view,
    [0, 0],
    [
      [0.5, "half of it"],
      [4, "most of it"],
    ],
    [],
  );
  assert.deepEqual(
    drawn().map(({ tag, attributes, children }) => (tag === "text" ? [...children, attributes.transform] : attributes)),
    [
      { cx: "30", cy: "200", r: "5" },
      ["half of it", "translate(30.0 195.0)"],
      { cx: "30", cy: "200", r: "40" },
      ["most of it", "translate(30.0 160.0)"],
    ],
  );
  marks.drawPrior(view, null, [[1, "none"]], []);
  assert.deepEqual(drawn(), []);
});

test("a prior's components are ellipses of one standard deviation, the heaviest the strongest", () => {
  const marks = new Marks();
  const view = /** @type {any} */ ({
    toPixels: (/** @type {Place} */ [x, y]) => [100 + 10 * x, 100 - 10 * y],
    frame: { width: 10 },
  });
  marks.drawPrior(
    view,
    [0, 0],
    [],
    [
      { weight: 0.2, place: [1, 2], std: [0.5, 2, 0] },
      { weight: 0.8, place: [-1, 0], std: [1, 1, 0.5] },
    ],
  );
  const [light, heavy] = /** @type {Element[]} */ (/** @type {unknown} */ (marks.circles.children));
  assert.equal(light.tag, "ellipse");
  const { cx, cy, rx, ry, transform } = light.attributes;
  assert.deepEqual({ cx, cy, rx, ry }, { cx: "110.0", cy: "80.0", rx: "5.0", ry: "20.0" });
  assert.equal(transform, "rotate(0.00 110.0 80.0)");
  assert.ok(heavy.attributes.transform.startsWith("rotate(-45.00"), "up to the right, where y is down");
  assert.equal(Number(heavy.attributes["stroke-opacity"]), 1);
  assert.ok(Number(light.attributes["stroke-opacity"]) < 0.5);
});
