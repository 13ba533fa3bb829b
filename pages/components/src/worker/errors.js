// Reconstruction errors of many points, measured by the worker.

export class Errors {
  /** @param {import("./background.js").Background} background */
  constructor(background) {
    this.background = background;
    this.id = 0;
    /** @type {((error: Error) => void) | undefined} */
    this.drop = undefined;
  }

  /**
   * Errors in nats of points, by index, whose latents (n * D) are decoded under a condition, and where the model takes those under their labels
   * (n), against the images at a place. progress(share) is called meanwhile, and what was asked for before is dropped.
   * @param {Int32Array} indices
   * @param {Float32Array} latents
   * @param {Int32Array} labels
   * @param {Condition} condition
   * @param {{ url: string, rows: number, count: number }} place
   * @param {(share: number) => void} progress
   * @returns {Promise<Float32Array>}
   */
  measure(indices, latents, labels, condition, place, progress) {
    const id = ++this.id;
    this.drop?.(new Error("Something else was measured meanwhile. Try again."));
    return new Promise((resolve, reject) => {
      this.drop = reject;
      this.background.on("errors", (answer) => {
        if (answer.id !== id) return;
        if (answer.error) reject(new Error(answer.error));
        else if (answer.values) resolve(answer.values);
        else progress(Number(answer.done) / indices.length);
      });
      const originals = { ...place, url: new URL(place.url, document.baseURI).href };
      this.background.ask("errors", { id, indices, latents, labels, condition, originals });
    });
  }
}
