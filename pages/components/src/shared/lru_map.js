// A map that holds what was used last.

/**
 * A `Map` of `most` entries: one more drops the one that was neither got nor set for longest.
 * @template Key, Value
 * @extends {Map<Key, Value>}
 */
export class LRUMap extends Map {
  /** @param {number} most */
  constructor(most) {
    super();
    this.most = most;
  }

  /** @param {Key} key @returns {Value | undefined} */
  get(key) {
    const value = super.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** @param {Key} key @param {Value} value */
  set(key, value) {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.most) this.delete(/** @type {Key} */ (this.keys().next().value));
    return this;
  }
}
