// Builds the scripts and styles that the pages use into vae/web/dist/, which is committed: who only runs Zscape needs no Node.
// With --check it writes nothing and fails where what lies there is not what it would build.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCE = join(ROOT, "pages/components/src");
const TARGET = "es2022";
const DIST = join(ROOT, "vae/web/dist");

/**
 * Leaves comments out, among them the types, and nothing else: a script is to be legible.
 * @type {import("esbuild").Plugin}
 */
const bare = {
  name: "bare",
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { minifyWhitespace: true, target: TARGET });
      return { contents: code };
    });
  },
};

/**
 * The script or style that an entry point becomes, with all it imports; `worker` is the script that it may start one with.
 * @param {string} entry
 * @param {import("esbuild").BuildOptions} options
 */
async function bundle(entry, options = {}, worker = "") {
  const kernel = readFileSync(join(SOURCE, "nn/kernel.wasm")).toString("base64");
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(SOURCE, entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: TARGET,
    plugins: [bare],
    charset: "utf8",
    define: { "globalThis.ZSCAPE_KERNEL": JSON.stringify(kernel), "globalThis.ZSCAPE_WORKER": JSON.stringify(worker) },
    ...options,
  });
  return outputFiles?.[0].text ?? "";
}

/** Every file that a build depends on. */
function sources() {
  /** @param {string} folder @returns {string[]} */
  const below = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? below(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  const code = below(SOURCE).filter((path) => !path.endsWith(".test.js"));
  return [...code, join(ROOT, "pages/components/build.mjs"), join(ROOT, "package-lock.json")];
}

/** A digest of those files, by which Python can tell without Node whether a build is stale (tests/test_front_end.py). */
function digest() {
  const named = sources().map((path) => [relative(ROOT, path).split(sep).join("/"), readFileSync(path)]);
  const hash = createHash("sha256");
  for (const [name, content] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\n${content.length}\n`).update(content);
  }
  return `${hash.digest("hex")}\n`;
}

// Several lines, because Streamlit takes a text of one for a file's name.
/** @type {import("esbuild").BuildOptions} */
const small = { minifyWhitespace: true, lineLimit: 140 };
const worker = await bundle("worker/worker.js", { format: "iife", minifyWhitespace: true }); // it is one line of another script
const built = {
  "latent_map.js": await bundle("map/latent_map.js", {}, worker),
  "latent_map.css": await bundle("map/latent_map.css", small),
  "training_player.js": await bundle("player/training_player.js"),
  "training_player.css": await bundle("player/training_player.css", small),
  "live_chart.js": await bundle("chart/live_chart.js"),
  "sources.sha256": digest(),
};

mkdirSync(DIST, { recursive: true });
const stale = Object.entries(built).filter(([name, text]) => {
  try {
    return readFileSync(join(DIST, name), "utf8") !== text;
  } catch {
    return true;
  }
});
if (!process.argv.includes("--check")) for (const [name, text] of stale) writeFileSync(join(DIST, name), text);
else if (stale.length) {
  console.error(`vae/web/dist/ is stale (${stale.map(([name]) => name).join(", ")}): npm run build`);
  process.exitCode = 1;
}
