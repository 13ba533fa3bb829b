// The test images themselves, where their data set is on disk: fetched some at a time, as they are asked for.

import { fetchBlock } from "../shared/blocks.js";
import { LRUMap } from "../shared/lru_map.js";

const RETRY_DELAY = 5000; // ms after which what could not be fetched may be asked for again
const MAX_PARTS = 200; // kept, of some 64 kB each

export class Originals {
  /**
   * `arrived()` is called when an image that was asked for has come.
   * @param {() => void} arrived
   */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {OriginalsPlace | null | undefined} */
    this.place = undefined;
    /** @type {LRUMap<number, { bytes: Uint8Array, size: number }>} */
    this.parts = new LRUMap(MAX_PARTS);
    /** @type {Set<number>} */
    this.under = new Set(); // parts that are under way, or could not be fetched just now
  }

  /**
   * `place`: { url, rows, count }, or null where there are none.
   * @param {OriginalsPlace | null | undefined} place
   */
  set(place) {
    if (place?.url === this.place?.url) return;
    this.place = place;
    this.parts.clear();
    this.under = new Set();
    this.arrived();
  }

  get there() {
    return Boolean(this.place);
  }

  /**
   * The bytes (C * H * W) of an image, or null as long as they are not here.
   * @param {number} index
   */
  get(index) {
    if (!this.place || index >= this.place.count) return null;
    const { rows } = this.place;
    const number = Math.floor(index / rows);
    const part = this.parts.get(number);
    if (!part) {
      if (!this.under.has(number)) this.fetch(this.place, number);
      return null;
    }
    const row = index - number * rows;
    return part.bytes.subarray(row * part.size, (row + 1) * part.size);
  }

  /** @param {OriginalsPlace} place @param {number} number */
  async fetch(place, number) {
    const { under } = this;
    under.add(number);
    try {
      const { arrays } = await fetchBlock(`${place.url}/${number}`);
      if (place !== this.place) return;
      const rows = Math.min(place.rows, place.count - number * place.rows);
      this.parts.set(number, { bytes: arrays.rows, size: arrays.rows.length / rows });
      under.delete(number);
    } catch {
      setTimeout(() => under.delete(number), RETRY_DELAY); // the server may know them again by then
      return;
    }
    this.arrived();
  }
}
