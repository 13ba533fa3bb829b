// What is fetched for one model, and in which order it can be shown.

import { Keyframes } from "../geometry/keyframes.js";
import { Decoder } from "../nn/decoder.js";
import { fetchBlock } from "../shared/blocks.js";
import { fetchPlotly, loadPlotly } from "../shared/plotly.js";

const RETRY_DELAY = 5000; // ms after which points that could not be fetched are asked for again

/** One for each model. Once another is shown it is stopped, and nobody hears of what was still on its way. */
export class Loading {
  /** @param {AppData} data */
  constructor(data) {
    this.data = data;
    this.stopped = false;
    /** @type {string | null | undefined} */
    this.points = data.points; // where those are from that were asked for last
  }

  stop() {
    this.stopped = true;
  }

  /**
   * Fetches everything at once, and says what has come as soon as it can be shown.
   * @param {LoadingListener} listener
   */
  async start(listener) {
    const { data } = this;
    const program = fetchBlock(data.program);
    const points = data.points ? fetchBlock(data.points) : null;
    const keyframes = data.keyframes ? fetchBlock(data.keyframes) : null;
    for (const fetching of [points, keyframes]) fetching?.catch(() => {}); // told where it is awaited
    if (data.points) fetchPlotly(data.plotly);
    try {
      const decoder = new Decoder(await program);
      if (this.stopped) return;
      listener.begin(decoder);
      const frames = keyframes && new Keyframes(await keyframes);
      if (this.stopped) return;
      listener.offerBeta(frames);
      const block = points && (await points);
      if (this.stopped) return;
      if (block) listener.showMap(block);
      listener.complete();
      if (data.panel !== "explore" || !data.spreads || !frames?.whole) return;
      const spreads = await fetchBlock(data.spreads).catch(() => null); // the map is as good without
      if (!spreads || this.stopped) return;
      frames.std = spreads.arrays.std;
      listener.refresh();
    } catch (error) {
      if (!this.stopped) listener.fail(/** @type {Error} */ (error));
    }
  }

  /**
   * Fetches other points of the same model, again and again while they can't be had; `take` gets them unless others still are asked for
   * meanwhile.
   * @param {string} url
   * @param {(block: Block) => void} take
   */
  async refetch(url, take) {
    this.points = url;
    const wanted = () => !this.stopped && this.points === url;
    try {
      const block = await fetchBlock(url);
      if (wanted()) take(block);
    } catch {
      setTimeout(() => wanted() && this.refetch(url, take), RETRY_DELAY); // until then the map shows what it did
    }
  }

  /**
   * Has Plotly draw the points of a map that is there already: running it keeps the page busy.
   * @param {Plane} plane
   */
  async plot({ gestures, pointLayer }) {
    await gestures.unused();
    if (this.stopped) return;
    try {
      const plotly = await loadPlotly(this.data.plotly);
      await gestures.unused();
      if (!this.stopped) await pointLayer.begin(plotly);
    } catch (error) {
      console.warn(/** @type {Error} */ (error).message); // the map does without
    }
  }
}
