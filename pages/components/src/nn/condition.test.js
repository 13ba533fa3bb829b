import assert from "node:assert/strict";
import { test } from "node:test";
import { blend, keyOf, same, withLabel } from "./condition.js";

test("conditions are the same where all that they say is, and have one key then", () => {
  const conditions = [
    { beta: 1, label: null },
    { beta: 2, label: null },
    { beta: 1, label: 0 },
    { beta: 1, label: 1 },
    { beta: 1, label: [0.5, 0.5] },
    { beta: 1, label: [0, 1] },
  ];
  for (const [n, one] of conditions.entries()) {
    for (const [m, other] of conditions.entries()) {
      assert.equal(same(one, structuredClone(other)), n === m);
      assert.equal(keyOf(one) === keyOf(structuredClone(other)), n === m);
    }
    assert.ok(!same(one, undefined));
  }
  assert.ok(same(undefined, undefined));
});

test("a test image has its own label in place of the one in use, where a model takes labels", () => {
  const label = /** @type {Knots} */ ({ of: "label", low: 0, high: 2, count: 3, log: false });
  for (const chosen of [null, 0, 2]) {
    const condition = { beta: 0.5, label: chosen };
    for (const own of [-1, 0, 1])
      assert.deepEqual(withLabel(condition, own, { conditioning: { label } }), { beta: 0.5, label: own });
    assert.equal(withLabel(condition, 1, { conditioning: { beta: { ...label, of: "beta" } } }), condition);
  }
});

test("a blend has a share for each class, and no class is a share of none", () => {
  assert.deepEqual(blend(0, 2, 0.25, 3), [0.75, 0, 0.25]);
  assert.deepEqual(blend(1, 1, 0.5, 3), [0, 1, 0]);
  assert.deepEqual(blend(-1, 1, 0.5, 3), [0, 0.5, 0]);
  assert.deepEqual(blend(2, null, 0.5, 3), [0, 0, 0.5]);
});
