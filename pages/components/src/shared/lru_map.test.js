import assert from "node:assert/strict";
import { test } from "node:test";
import { LRUMap } from "./lru_map.js";

/** @returns {LRUMap<string, number | null>} */
function full() {
  const map = new LRUMap(3);
  return map.set("a", 1).set("b", 2).set("c", 3);
}

test("one entry more drops what was neither got nor set for longest", () => {
  const map = full();
  assert.equal(map.get("a"), 1);
  map.set("b", 20).set("d", 4);
  assert.deepEqual([...map], Object.entries({ a: 1, b: 20, d: 4 }));
  map.set("e", 5);
  assert.deepEqual([...map.keys()], ["b", "d", "e"]);
});

test("to look whether there is something, or to set it anew, drops nothing", () => {
  const map = full();
  assert.ok(map.has("a"));
  assert.equal(map.get("z"), undefined);
  map.set("c", 30);
  assert.deepEqual([...map.keys()], ["a", "b", "c"]);
  map.set("d", 4);
  assert.ok(!map.has("a"));
});

test("null is a value that is used like others", () => {
  const map = full().set("a", null);
  assert.equal(map.get("a"), null);
  map.set("d", 4).set("e", 5);
  assert.deepEqual([...map.keys()], ["a", "d", "e"]);
});
