// Blocks of numbers, as Python packs them (vae/browser.py).

const MAGIC = "ZSC1";

/** Fetches a block and returns its header and its typed arrays. Throws an Error whose message a person can read. */
export async function fetchBlock(url) {
  const response = await fetch(url);
  const buffer = await response.arrayBuffer();
  // A server that doesn't know the route answers with its own page and 200, so look at the content.
  if (!response.ok || new TextDecoder().decode(buffer.slice(0, 4)) !== MAGIC) {
    throw new Error("The server no longer has this model. Reload the page.");
  }
  const start = 8 + new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  const arrays = {};
  for (const [name, { type, offset, shape }] of Object.entries(header.arrays)) {
    const Kind = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[type];
    arrays[name] = new Kind(buffer, start + offset, sizeOf(shape));
  }
  return { header, arrays };
}

export function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
