import { test } from "node:test";
import { close } from "../../testing.js";
import { between } from "./path.js";

const row = Array.from({ length: 9 }, (_, n) => [Math.cos(n), n * n]);

test("a path goes through all of its places, and straight between two of them", () => {
  row.forEach((place, n) => {
    close(between(row, n / 8), place, 1e-9);
  });
  close(
    between(row, 2.25 / 8),
    [0, 1].map((i) => 0.75 * row[2][i] + 0.25 * row[3][i]),
    1e-9,
  );
});
