import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf, same } from "./condition.js";

test("conditions are the same where all that they say is, and have one key then", () => {
  const conditions = [
    { beta: 1, label: null },
    { beta: 2, label: null },
    { beta: 1, label: 0 },
    { beta: 1, label: 1 },
  ];
  for (const [n, one] of conditions.entries()) {
    for (const [m, other] of conditions.entries()) {
      assert.equal(same(one, { ...other }), n === m);
      assert.equal(keyOf(one) === keyOf({ ...other }), n === m);
    }
    assert.ok(!same(one, undefined));
  }
  assert.ok(same(undefined, undefined));
});
