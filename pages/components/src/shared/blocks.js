// Blocks of numbers, as Python packs them (vae/web/payloads.py): the format of safetensors, https://github.com/huggingface/safetensors#format.

const ARRAY_TYPES = {
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
};

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
  // A text, read as the length of a block's header, is longer than any answer.
  const start = buffer.byteLength < 8 ? Infinity : 8 + Number(new DataView(buffer).getBigUint64(0, true));
  if (!response.ok || start > buffer.byteLength) throw refusal(response);
  const { __metadata__: metadata, ...tensors } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)),
  );
  /** @type {Record<string, InstanceType<typeof ARRAY_TYPES[keyof typeof ARRAY_TYPES]>>} */
  const arrays = {};
  for (const [name, { dtype, data_offsets }] of Object.entries(tensors)) {
    const [from, to] = data_offsets.map((/** @type {number} */ offset) => start + offset);
    const ArrayType = ARRAY_TYPES[/** @type {keyof typeof ARRAY_TYPES} */ (dtype)];
    const aligned = from % ArrayType.BYTES_PER_ELEMENT === 0; // as all are that Python writes
    arrays[name] = aligned
      ? new ArrayType(buffer, from, (to - from) / ArrayType.BYTES_PER_ELEMENT)
      : new ArrayType(buffer.slice(from, to));
  }
  return { header: JSON.parse(metadata.header), arrays };
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
