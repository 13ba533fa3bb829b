import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../testing.js";
import { reportActivity } from "./activity.js";

/**
 * An element of a page at some host, and where the server was told that something is moved.
 * @param {import("node:test").TestContext} t
 * @param {string} hostname
 * @param {() => Promise<object>} answer
 */
function made(t, hostname, answer) {
  const { clock } = stage();
  Object.assign(globalThis, { location: { hostname } });
  /** @type {string[]} */
  const told = [];
  t.mock.method(globalThis, "fetch", async (/** @type {string} */ address) => {
    told.push(address);
    return { json: answer };
  });
  const element = new EventTarget();
  /** @type {{ address: string | null }} */
  const page = { address: "/activity" };
  reportActivity(/** @type {any} */ (element), () => page.address);
  const act = async (/** @type {string} */ kind, ms = 0) => {
    clock.now += ms;
    element.dispatchEvent(new Event(kind));
    await new Promise((done) => setTimeout(done)); // the server has answered
  };
  return { page, told, act };
}

test("a server on this machine is told as often as it says", async (t) => {
  const { page, told, act } = made(t, "127.0.0.1", async () => ({ wait: 3 }));
  await act("click");
  assert.equal(told.length, 0);
  await act("pointermove");
  await act("wheel", 2900);
  assert.equal(told.length, 1);
  await act("keydown", 200);
  assert.equal(told.length, 2);
  page.address = "/other"; // where nobody was told yet
  await act("input");
  assert.deepEqual(told, ["/activity", "/activity", "/other"]);
  page.address = null;
  await act("input", 1e6);
  assert.equal(told.length, 3);
});

test("a server on another machine is not told, and one that doesn't answer only once", async (t) => {
  const far = made(t, "example.org", async () => ({ wait: 0 }));
  await far.act("pointermove");
  assert.equal(far.told.length, 0);
  const silent = made(t, "localhost", () => Promise.reject(new Error("no JSON")));
  await silent.act("pointermove");
  await silent.act("pointermove", 1e9);
  assert.equal(silent.told.length, 1);
});
