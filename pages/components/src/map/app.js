// A map with a panel beside it: fetches what they need, and remembers both across page switches and reloads.

import { Keyframes } from "../geometry/keyframes.js";
import { indicesOf } from "../geometry/selection.js";
import { spaceOf } from "../geometry/space.js";
import { same } from "../nn/condition.js";
import { Decoder } from "../nn/decoder.js";
import { HoverCard } from "../panels/answer.js";
import { BetaStrip } from "../panels/beta.js";
import { Drawer } from "../panels/drawer.js";
import { Finder } from "../panels/finder.js";
import { GalleryPanel } from "../panels/gallery.js";
import { Originals } from "../panels/originals.js";
import { PathPanel } from "../panels/path.js";
import { PinsPanel } from "../panels/pins.js";
import { SidePanel } from "../panels/side.js";
import { TraversePanel } from "../panels/traverse.js";
import { Thumbs } from "../render/thumbs.js";
import { fetchBlock } from "../shared/blocks.js";
import { h, memory } from "../shared/dom.js";
import { fetchPlotly, loadPlotly } from "../shared/plotly.js";
import { reportActivity } from "./activity.js";
import { MapWorker } from "./map_worker.js";
import { Plane } from "./plane.js";

/** @type {Record<string, new (app: App, remembered: Remembered) => Panel>} */
const PANELS = { side: SidePanel, explore: PinsPanel, gallery: GalleryPanel, path: PathPanel, traverse: TraversePanel };

export class App {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = h("div", { className: "zs" });
    this.originals = new Originals(() => this.refresh());
    this.data = /** @type {AppData} */ ({}); // until the first update
    /** @type {(name: string, value: unknown) => void} */
    this.send = () => {};
    /** @type {(name: string, value: unknown) => void} */
    this.trigger = () => {};
    this.figures = h("dl", { className: "zs-figures" });
    /** @type {Condition} */
    this.condition = { beta: 1, label: null };
    this.frame = 0;
    /** @type {string | undefined} */
    this.model = undefined; // the panel and the model that are shown
    /** @type {string | null | undefined} */
    this.fetched = undefined; // where the points are from
    /** @type {Place | null} */
    this.cursor = null; // where it was before there is a map, if anywhere
    /** @type {Pair | undefined} */
    this.link = undefined; // if this is one of two maps
    /** @type {Plane | undefined} */
    this.answering = undefined; // the one that is linked to another
    /** @type {Panel | undefined} */
    this.panel = undefined;
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {Keyframes | undefined} */
    this.keyframes = undefined;
    /** @type {Plane | undefined} */
    this.plane = undefined;
    /** @type {PlanePoints | undefined} */
    this.points = undefined;
    /** @type {Space | undefined} */
    this.space = undefined;
    /** @type {Float32Array | undefined} */
    this.std = undefined; // of the posteriors at each keyframe, once they are here
    /** @type {Drawer | undefined} */
    this.drawer = undefined;
    /** @type {MapWorker | undefined} */
    this.worker = undefined;
    parent.append(this.root);
    reportActivity(this.root, () => this.data.activity);
  }

  /**
   * Takes what Python says now.
   * @param {Pick<Component, "data" | "setStateValue" | "setTriggerValue">} component
   */
  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.send = setStateValue;
    this.trigger = setTriggerValue;
    const model = `${data.panel}:${data.model}`;
    if (model !== this.model) {
      this.model = model;
      this.load();
      return;
    }
    this.originals.set(data.originals);
    this.panel?.update?.(data);
    this.showFigures();
    if (this.plane?.retheme()) this.drawer?.arrange();
    if (data.panel === "side" && !same(data.condition, this.condition)) this.aim(data.condition);
    if (data.points !== this.fetched) this.refetch();
  }

  get key() {
    return `zscape:${this.model}`;
  }

  // What there is to show

  /** Builds panel and map for the model at hand; the picture first, because it is there first. */
  async load() {
    const { data, model } = this;
    this.clear();
    const remembered = memory.load(this.key);
    this.cursor = remembered.cursor ?? (data.start ? null : [0, 0]);
    const panel = new PANELS[data.panel](this, remembered);
    const stage = h("div", { className: "zs-map zs-dirty" }, h("div", { className: "zs-stage" }));
    const strip = this.strip();
    this.build(panel, stage, strip);
    const stale = () => model !== this.model; // another model was chosen meanwhile
    try {
      const blocks = this.fetchBlocks();
      const decoder = new Decoder(await blocks.program);
      if (stale()) return;
      this.begin(panel, decoder);
      if (blocks.keyframes) {
        const keyframes = new Keyframes(await blocks.keyframes);
        if (stale()) return;
        this.keyframes = keyframes;
        strip.range(keyframes, this.condition.beta, data.panel === "explore");
      } else strip.single(data.condition.beta, data.offer);
      if (blocks.points) {
        const block = await blocks.points;
        if (stale()) return;
        this.showMap(block, data, panel, decoder, stage, remembered);
      }
      this.loaded(panel, remembered);
      await this.loadSpreads(stale);
    } catch (error) {
      if (!stale()) this.fail(/** @type {Error} */ (error));
    }
  }

  /** The slider for beta, or what stands in its place. */
  strip() {
    const { data } = this;
    return new BetaStrip({
      moved: (beta) => this.aim({ ...this.condition, beta }),
      settled: (beta) => {
        const condition = { ...this.condition, beta };
        memory.save(`zscape:condition:${data.model}`, condition);
        this.send("condition", condition);
        if (same(condition, this.data.condition)) this.refetch(); // Python will say nothing new
      },
      train: () => this.trigger("train", true),
    });
  }

  /**
   * Lays out the page.
   * @param {Panel} panel
   * @param {HTMLElement} stage
   * @param {BetaStrip} strip
   */
  build(panel, stage, strip) {
    const { data } = this;
    const parts = [...(data.points ? [stage] : []), ...(data.panel === "side" ? [] : [strip.element])];
    const left = h("div", { className: "zs-left" }, ...parts);
    if (data.figures?.length) left.append(this.figures);
    this.showFigures();
    const body = h("div", { className: `zs-body zs-${data.panel}-page` }, left, panel.element);
    if (!data.points) body.classList.add("zs-panel-only");
    if (data.projected) body.classList.add("zs-projected");
    this.root.replaceChildren(body);
  }

  /** Has everything fetched at once. */
  fetchBlocks() {
    const { data } = this;
    const program = fetchBlock(data.program);
    this.fetched = data.points;
    const points = data.points ? fetchBlock(data.points) : null;
    const keyframes = data.keyframes ? fetchBlock(data.keyframes) : null;
    for (const fetching of [points, keyframes]) fetching?.catch(() => {}); // told where it is awaited
    if (data.points) fetchPlotly(data.plotly);
    return { program, points, keyframes };
  }

  /**
   * There is a decoder, so there is a picture.
   * @param {Panel} panel
   * @param {Decoder} decoder
   */
  begin(panel, decoder) {
    const { data } = this;
    this.panel = panel;
    this.decoder = decoder;
    this.condition = this.conditionToStartWith();
    if (!same(this.condition, data.condition)) this.send("condition", this.condition); // Python forgot it at a reload
    decoder.tune(this.condition);
    this.root.dataset.beta = String(this.condition.beta);
    panel.ready(decoder);
  }

  /**
   * @param {Block} block
   * @param {AppData} data as it was when the block was asked for
   * @param {Panel} panel
   * @param {Decoder} decoder
   * @param {HTMLElement} stage that the map takes the place of
   * @param {Remembered} remembered
   */
  showMap(block, data, panel, decoder, stage, remembered) {
    const { keyframes } = this;
    const { arrays, header } = block;
    const whole = this.moves && keyframes && !keyframes.index;
    if (whole) arrays.mean = keyframes.meansAt(this.condition.beta);
    const points = this.pointsOf(block);
    if (whole) points.condition = this.condition;
    // A view of another plane says nothing of this one.
    const known =
      (remembered.space ?? "") === points.space.name
        ? remembered
        : { ...remembered, view: undefined, cursor: undefined };
    const plane = new Plane(points, header.classes, data.alt, known, {
      moved: (place, nearest) => {
        panel.moved(place, nearest);
        this.root.dataset.z = plane.cursor.latentAt(place).z.join(",");
      },
      clicked: (place, nearest) => panel.clicked(place, nearest),
      drew: (polygon) => this.drawer?.choose(polygon ? plane.placement.within(polygon, plane.classes.hidden) : []),
      escaped: () => this.escape(),
      changed: () => this.changed(),
      glided: () => this.link?.glided(this),
      rested: this.link && (() => this.link?.read()),
    });
    stage.replaceWith(plane.element);
    this.plane = plane;
    plane.start();
    this.worker = new MapWorker();
    this.worker.introduce(this.data);
    this.worker.lay(plane, decoder);
    if (data.panel === "explore") this.answer(plane, indicesOf(remembered.selected ?? "", arrays.label.length));
    if (!this.link) panel.laidOut?.();
    if (!whole && !same(this.condition, data.condition)) this.aim(this.condition);
    if (data.panel === "explore") plane.cursor.moveTo(plane.cursor.place); // elsewhere nobody has pointed at anything yet
  }

  /**
   * All is there but what the map is as good without.
   * @param {Panel} panel
   * @param {Remembered} remembered
   */
  loaded(panel, remembered) {
    const { data } = this;
    this.root.dataset.ready = data.model;
    if (data.panel === "side" && !same(data.condition, this.condition)) this.aim(data.condition); // it was told of another one meanwhile
    if (this.link) panel.laidOut?.(); // both maps must know that this one is there
    if (this.plane) this.plot(this.plane);
    if (data.points !== this.fetched) this.refetch();
    if (remembered.pins?.length) this.send("pins", remembered.pins); // Python forgot them at the page switch
  }

  /**
   * How wide posteriors are at each keyframe.
   * @param {() => boolean} stale
   */
  async loadSpreads(stale) {
    const { data, keyframes } = this;
    if (data.panel !== "explore" || !data.spreads || !this.moves || keyframes?.index) return;
    const block = await fetchBlock(data.spreads).catch(() => null);
    if (!block || stale()) return;
    this.std = block.arrays.std;
    this.refresh();
  }

  /** @param {Error} error */
  fail(error) {
    this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
    console.error(error);
  }

  /**
   * Has Plotly draw the points of a map that is there already: running it keeps the page busy.
   * @param {Plane} plane
   */
  async plot(plane) {
    await plane.gestures.unused();
    if (plane !== this.plane) return; // another model has been chosen, and perhaps this one again
    try {
      const plotly = await loadPlotly(this.data.plotly);
      await plane.gestures.unused();
      if (plane === this.plane) await plane.pointLayer.begin(plotly);
    } catch (error) {
      console.warn(/** @type {Error} */ (error).message); // the map does without
    }
  }

  /**
   * Has points answer and be selected.
   * @param {Plane} plane
   * @param {number[]} selected those that were
   */
  answer(plane, selected) {
    this.originals.set(this.data.originals);
    plane.answer(new HoverCard(this.mapped), new Thumbs(this.mapped), (index) => this.spreadOf(index));
    this.drawer = new Drawer(this.mapped);
    this.root.append(this.drawer.element);
    plane.shapes.offer(new Finder(this.mapped));
    if (selected.length) this.drawer.choose(selected, false);
  }

  // What changes while it is shown

  /** Whether the page moves points with beta itself, all of them or some. */
  get moves() {
    return Boolean(this.keyframes?.mean);
  }

  /** Fetches points that Python has laid out otherwise; or all of them at the beta that it has been told, where there are too many to be
   * moved all. */
  async refetch() {
    const { model } = this;
    const { points, condition, projected } = this.data;
    if (!points || this.root.dataset.ready === undefined || !(projected || this.keyframes?.index)) return;
    this.fetched = points;
    try {
      const block = await fetchBlock(points);
      if (model !== this.model || this.fetched !== points) return; // it has moved on
      if (projected) {
        this.layOut(block);
        return;
      }
      if (!same(this.condition, condition)) return;
      Object.assign(this.points ?? {}, block.arrays, { condition });
      this.plane?.motion.replace(block.arrays.mean);
      this.drawer?.refresh();
      this.refresh();
    } catch {
      this.fetched = undefined; // some of the points stay where they are, until Python is told of another condition
    }
  }

  /**
   * The same points lie in another plane.
   * @param {Block} block
   */
  layOut(block) {
    const { plane } = this;
    if (!plane) return;
    const points = this.pointsOf(block);
    this.worker?.introduce(this.data);
    plane.motion.become(points);
    plane.retune(this.condition);
    this.panel?.laidOut?.();
    this.drawer?.refresh();
    if (this.data.panel === "explore") plane.cursor.moveTo(plane.cursor.place);
    this.refresh();
  }

  /**
   * What the plane shows, of a block of points.
   * @param {Block} block
   * @returns {PlanePoints}
   */
  pointsOf(block) {
    const { header, arrays } = block;
    const space = spaceOf(block);
    const { start, condition } = this.data;
    this.space = space;
    this.points = {
      ...arrays,
      start: start?.index,
      extent: header.extent,
      rings: header.rings,
      aboutRings: header.about_rings,
      space,
      condition: { ...condition, beta: header.beta ?? condition.beta },
    };
    return /** @type {PlanePoints} */ (this.points);
  }

  /** What the plane keeps of the latents. */
  showFigures() {
    const shown = (this.data.figures ?? []).map(([title, value, text]) =>
      h("div", { title: text }, h("dt", {}, title), h("dd", {}, value)),
    );
    this.figures.replaceChildren(...shown);
  }

  /** Python's condition, unless it only just met us: then the one that this tab remembers. Of two maps Python says both. */
  conditionToStartWith() {
    const { condition, chosen, model, panel } = this.data;
    return chosen || panel === "side" ? condition : { ...condition, ...memory.load(`zscape:condition:${model}`) };
  }

  /**
   * Moves everything to another condition, once a frame however often the slider says so.
   * @param {Condition} condition
   */
  aim(condition) {
    this.condition = condition;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.panel) return;
      this.decoder?.tune(this.condition);
      if (this.keyframes && this.moves) {
        this.plane?.motion.move(this.keyframes.meansAt(this.condition.beta), this.condition, this.keyframes.index);
      } else this.plane?.retune(this.condition);
      this.drawer?.refresh();
      this.panel.retuned();
      this.root.dataset.beta = String(this.condition.beta);
    });
  }

  /** Esc stops drawing, and then clears what is selected. */
  escape() {
    const shapes = this.plane?.shapes;
    if (shapes?.marquee.shape) shapes.use(null);
    else if (this.drawer?.chosen.length) this.drawer.choose([]);
  }

  /** Images, or how wide posteriors are, have come from the server. */
  refresh() {
    this.drawer?.repaint();
    this.plane?.refresh();
    this.panel?.refresh?.();
  }

  /** Something worth remembering has changed. */
  changed() {
    if (this.panel) memory.save(this.key, { ...this.plane?.state, ...this.panel.state, ...this.drawer?.state });
  }

  // What panels ask

  /** This app, for what is only made once its map is there. */
  get mapped() {
    return /** @type {MapApp} */ (this);
  }

  /** Decimals that a place of the map has. */
  get digits() {
    return this.plane?.view.digits;
  }

  /**
   * The latent at a place of the map, and how near points are that it comes from. Before there is a map, it is that of the image to begin with, or
   * of what was pointed at before.
   * @param {Place | null} place
   * @returns {{ z: number[], trust: number, own?: boolean }}
   */
  latentAt(place) {
    const dims = this.decoder?.latentDim ?? 0;
    if (place && this.plane) return this.plane.cursor.latentAt(place);
    if (!place) return { z: this.data.start?.z ?? new Array(dims).fill(0), trust: 1, own: true };
    if (dims === 2) return { z: place, trust: 1 };
    return { z: new Array(dims).fill(0), trust: 0 };
  }

  /**
   * Reconstruction errors of points, in nats, where their images are at hand; progress(share) is called meanwhile.
   * @param {Int32Array} indices
   * @param {(share: number) => void} progress
   */
  async errorsOf(indices, progress) {
    const { plane, condition, originals, worker } = this;
    if (!plane || !worker || !originals.place) throw new Error("The images are not on this machine");
    return worker.errorsOf(plane, indices, condition, originals.place, progress);
  }

  /**
   * How wide the posterior of a point is on the map, at the beta in use: standard deviations across and up, and where they are correlated by how
   * much. Null where that is nothing of the plane's, or as long as it isn't here.
   * @param {number} index
   * @returns {number[] | null}
   */
  spreadOf(index) {
    const { points, keyframes, std } = this;
    if (!points?.space.straight) return null;
    if (!keyframes || !this.moves || keyframes.index) {
      if (!same(points.condition, this.condition) || !points.std) return null;
      return [points.std[2 * index], points.std[2 * index + 1], ...(points.tilt ? [points.tilt[index]] : [])];
    }
    return std ? [0, 1].map((d) => keyframes.one(std, this.condition.beta, points.mean.length, 2 * index + d)) : null;
  }

  clear() {
    delete this.root.dataset.ready;
    this.panel?.destroy?.();
    if (this.link) this.link.left(this);
    else this.drawer?.destroy();
    this.plane?.destroy();
    this.worker?.destroy();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.panel = this.plane = this.space = this.drawer = this.worker = undefined;
    this.decoder = this.keyframes = this.std = undefined;
  }

  destroy() {
    this.changed();
    this.clear();
    this.model = this.points = undefined;
    // Emptied, because whoever still holds on to the element would hold on to all that was drawn in it.
    this.root.replaceChildren();
    this.root.remove();
  }
}
