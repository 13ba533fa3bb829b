// Blocks of numbers, as Python packs them (vae/web/payloads.py).

const MAGIC = "ZSC1";
/** @type {Record<string, Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor>} */
const KINDS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/**
 * Fetches a block and returns its header and its typed arrays. Throws an Error whose message a person can read; it is `gone` where the server
 * says that it has no such block.
 * @param {string} url
 * @returns {Promise<Block>}
 */
export async function fetchBlock(url) {
  let response, buffer;
  try {
    response = await fetch(url);
    buffer = await response.arrayBuffer();
  } catch {
    throw new Error("The server can't be reached. See whether it is running and you are online, and reload the page.");
  }
  // A server that doesn't know the route answers with a page of its own and 200, so look at the content.
  if (!response.ok || new TextDecoder().decode(buffer.slice(0, 4)) !== MAGIC) throw refusal(response);
  const start = 8 + new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  /** @type {Record<string, Float32Array | Int32Array | Uint8Array>} */
  const arrays = {};
  for (const [name, { type, offset, shape }] of Object.entries(header.arrays)) {
    arrays[name] = new KINDS[type](buffer, start + offset, sizeOf(shape));
  }
  return { header, arrays };
}

/** @param {number[]} shape */
export function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * What to tell of an answer that is no block.
 * @param {Response} response
 */
function refusal(response) {
  const { status, headers } = response;
  if (headers.get("X-Zscape") === "gone") {
    return Object.assign(new Error("The server no longer has this model. Reload the page."), { gone: true });
  }
  if ([502, 503, 504].includes(status)) {
    return new Error(
      `The proxy in front of Zscape gets no answer from it (HTTP ${status}). Reload the page in a moment; if this stays, start the server again.`,
    );
  }
  const what = `HTTP ${status}, ${headers.get("Content-Type") ?? "of no type"}`;
  return new Error(
    `Something else answered in Zscape's place (${what}, for ${new URL(response.url).pathname}). If a proxy asks you to log in, reload the page ` +
      "to do so again. Otherwise the proxy must pass on every path below the app's own; docs/deploy.md says how.",
  );
}
