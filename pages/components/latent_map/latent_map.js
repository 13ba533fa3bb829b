// The component: fetches what it needs, puts a panel beside the map, and remembers both across page switches and reloads.

import { HoverCard } from "./answer.js";
import { Background } from "./background.js";
import { BetaStrip } from "./beta.js";
import { fetchBlock } from "./blocks.js";
import { Decoder } from "./decoder.js";
import { h, memory } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Finder } from "./finder.js";
import { GalleryPanel } from "./gallery.js";
import { Keyframes } from "./keyframes.js";
import { Originals } from "./originals.js";
import { Overlay } from "./overlay.js";
import { PathPanel } from "./path.js";
import { PinsPanel } from "./pins.js";
import { Plane } from "./plane.js";
import { fetchPlotly, loadPlotly } from "./plotly.js";
import { indicesOf } from "./selection.js";
import { Terrain } from "./terrain.js";
import { Thumbs } from "./thumbs.js";

const PANELS = { explore: PinsPanel, gallery: GalleryPanel, path: PathPanel };

const AROUND = [[0, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]]; // where the terrain looks what pictures are like

const apps = new WeakMap(); // parentElement -> App, because Streamlit calls us again at every change of data or theme

export default function (component) {
  const { parentElement } = component;
  if (!apps.has(parentElement)) apps.set(parentElement, new App(parentElement));
  apps.get(parentElement).update(component);
  return () => {
    apps.get(parentElement)?.destroy();
    apps.delete(parentElement);
  };
}

class App {
  constructor(parent) {
    this.root = h("div", { className: "zs" });
    this.originals = new Originals(() => this.heard());
    parent.append(this.root);
  }

  /**
   * Takes what Python says now. `data`: { panel, model, program, points, keyframes, encoder, spreads, originals, beta, chosen, offer,
   * plotly, alt } and what the panel needs. `keyframes` is null for a model that was trained at one beta; `beta` is that one, or the one in use.
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
    if (this.plane?.retheme()) this.drawer?.arrange();
    if (data.points !== this.fetched) this.refetch();
  }

  /** Fetches all points at the beta that Python has been told, where there are too many to be moved all. */
  async refetch() {
    if (!this.keyframes?.index || this.root.dataset.ready === undefined) return;
    const { model, plane } = this;
    const { points, beta } = this.data;
    this.fetched = points;
    try {
      const { arrays } = await fetchBlock(points);
      if (model !== this.model || this.fetched !== points || this.beta !== beta) return; // it has moved on
      Object.assign(this.points, arrays, { beta });
      await plane.replace(arrays.mean);
      this.drawer?.refresh();
      this.heard();
    } catch {
      this.fetched = undefined; // some of the points stay where they are, until Python is told of another beta
    }
  }

  /** Reconstruction errors of the points `indices`, in nats, where their images are at hand. `progress(share)` is called meanwhile, and what
   * was asked for before is dropped. */
  errorsOf(indices, progress) {
    const { plane, beta, originals, background } = this;
    const id = (this.measuring = (this.measuring ?? 0) + 1);
    const places = new Float32Array(2 * indices.length);
    indices.forEach((index, at) => places.set(plane.pointAt(index), 2 * at));
    this.dropMeasuring?.(new Error("Something else was measured meanwhile. Try again."));
    return new Promise((resolve, reject) => {
      this.dropMeasuring = reject;
      background.on("errors", (answer) => {
        if (answer.id !== id) return;
        if (answer.error) reject(new Error(answer.error));
        else if (answer.values) resolve(answer.values);
        else progress(answer.done / indices.length);
      });
      const place = { ...originals.place, url: new URL(originals.place.url, document.baseURI).href };
      background.ask("errors", { id, indices, places, beta, originals: place });
    });
  }

  /** Esc stops drawing, and then clears what is selected. */
  escape() {
    if (this.plane.marquee.shape) this.plane.use(null);
    else if (this.drawer?.chosen.length) this.drawer.choose([]);
  }

  /** Images, or how wide posteriors are, have come from the server. */
  heard() {
    this.drawer?.repaint();
    this.plane?.heard();
    this.panel?.heard?.();
  }

  /** Standard deviations of the posterior of point `index` at the beta in use, or null as long as they are not here. */
  spreadOf(index) {
    const { points } = this;
    if (!this.keyframes || this.keyframes.index) return points.beta === this.beta ? [points.std[2 * index], points.std[2 * index + 1]] : null;
    return this.std && [0, 1].map((d) => this.keyframes.one(this.std, this.beta, points.std.length, 2 * index + d));
  }

  /** Builds panel and map for the model at hand; the picture first, because it is there first. */
  async load() {
    const { data, model } = this;
    this.clear();
    const remembered = memory.load(this.key);
    this.cursor = remembered.cursor ?? [0, 0];
    const panel = new PANELS[data.panel](this, remembered);
    const stage = h("div", { className: "zs-map zs-loose" }, h("div", { className: "zs-stage" }));
    const strip = new BetaStrip({
      moved: (beta) => this.aim(beta),
      settled: (beta) => {
        memory.save(`zscape:beta:${data.model}`, { beta });
        this.send("beta", beta);
        if (beta === this.data.beta) this.refetch(); // Python will say nothing new
      },
      train: () => this.trigger("train", true),
    });
    const left = h("div", { className: "zs-left" }, ...(data.points ? [stage] : []), strip.element);
    this.body = h("div", { className: `zs-body zs-${data.panel}-page` }, left, panel.element);
    if (!data.points) this.body.classList.add("zs-panel-only");
    this.root.replaceChildren(this.body);
    try {
      const fetching = fetchBlock(data.program);
      this.fetched = data.points;
      const points = data.points && fetchBlock(data.points);
      points?.catch(() => {}); // told where it is awaited, below
      const frames = data.keyframes && fetchBlock(data.keyframes);
      frames?.catch(() => {});
      if (data.points) fetchPlotly(data.plotly);
      const decoder = new Decoder(await fetching);
      if (model !== this.model) return; // another model was chosen meanwhile
      this.panel = panel;
      this.decoder = decoder;
      this.beta = data.keyframes ? this.betaToStartWith() : data.beta;
      decoder.tune(this.beta);
      panel.ready(decoder);
      if (data.keyframes) {
        const keyframes = new Keyframes(await frames);
        if (model !== this.model) return;
        this.keyframes = keyframes;
        strip.range(this.keyframes, this.beta, data.panel === "explore");
        if (this.beta !== data.beta) this.send("beta", this.beta); // Python forgot it at a reload
      } else strip.single(data.beta, data.offer);
      if (data.points) {
        const { arrays, header } = await points;
        if (model !== this.model) return;
        const whole = !this.keyframes?.index;
        if (this.keyframes && whole) arrays.mean = this.keyframes.meansAt(this.beta);
        this.points = { ...arrays, reach: header.reach, beta: whole ? this.beta : data.beta };
        const plane = new Plane(this.points, header.classes, data.alt, remembered, {
          moved: (z, nearest) => {
            panel.moved(z, nearest);
            this.root.dataset.z = z.join(",");
          },
          clicked: (z, nearest) => panel.clicked(z, nearest),
          drew: (polygon) => this.drawer?.choose(polygon ? plane.within(polygon) : []),
          escaped: () => this.escape(),
          changed: () => this.changed(),
        });
        stage.replaceWith(plane.element);
        this.plane = plane;
        plane.start();
        this.lay();
        if (data.panel === "explore") this.answer(indicesOf(remembered.selected ?? "", arrays.label.length));
        panel.mark();
        if (!whole && this.beta !== data.beta) this.aim(this.beta);
        if (data.panel === "explore") plane.moveTo(plane.cursor); // elsewhere nobody has pointed at anything yet
      }
      this.root.dataset.ready = data.model;
      if (data.points) this.plot();
      if (this.data.points !== this.fetched) this.refetch();
      if (remembered.pins?.length) this.send("pins", remembered.pins); // Python forgot them at the page switch
      if (data.panel === "explore" && data.spreads && !this.keyframes.index) {
        const found = await fetchBlock(data.spreads).catch(() => null); // the map is as good without
        if (!found || model !== this.model) return;
        this.std = found.arrays.std;
        this.heard();
      }
    } catch (error) {
      if (model !== this.model) return;
      this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
      console.error(error);
    }
  }

  /** Has Plotly draw the points of a map that is there already: running it keeps the page busy. */
  async plot() {
    const { plane } = this;
    await plane.unused();
    if (plane !== this.plane) return; // another model has been chosen, and perhaps this one again
    try {
      const plotly = await loadPlotly(this.data.plotly);
      await plane.unused();
      if (plane === this.plane) await plane.hand(plotly);
    } catch (error) {
      console.warn(error.message); // the map does without
    }
  }

  /** Puts what a worker draws behind the points. */
  lay() {
    const { data, plane, decoder, points } = this;
    // A worker that was made from a text has no address that others could be relative to.
    const full = (name) => [name, data[name] && new URL(data[name], document.baseURI).href];
    this.background = new Background();
    this.background.ask("model", { urls: Object.fromEntries(["program", "encoder", "points", "keyframes", "spreads"].map(full)) });
    const terrain = new Terrain(this.background, decoder.imageShape, AROUND.map((z) => decoder.decode(z).slice()));
    const labelled = points.label.some((label) => label >= 0);
    const look = decoder.likelihood.kind === "bernoulli" ? "entropy" : "sharpness";
    plane.lay(terrain, new Overlay(this.background), ["density", look, "stretch", "cycle", ...(labelled ? ["class"] : [])]);
  }

  /** Has points answer and be selected; `selected`: those that were. */
  answer(selected) {
    this.originals.set(this.data.originals);
    this.plane.answer(new HoverCard(this), new Thumbs(this), (index) => this.spreadOf(index));
    this.drawer = new Drawer(this);
    this.root.append(this.drawer.element);
    this.plane.offerShapes(new Finder(this));
    if (selected.length) this.drawer.choose(selected, false);
  }

  /** Python's beta, unless it only just met us: then the one that this tab remembers. */
  betaToStartWith() {
    const { beta, chosen, model } = this.data;
    return chosen ? beta : (memory.load(`zscape:beta:${model}`).beta ?? beta);
  }

  /** Moves everything to another beta, once a frame however often the slider says so. */
  aim(beta) {
    this.beta = beta;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (!this.panel) return;
      this.decoder.tune(this.beta);
      this.plane?.move(this.keyframes.meansAt(this.beta), this.beta, this.keyframes.index);
      this.drawer?.refresh();
      this.panel.retuned();
      this.root.dataset.beta = String(this.beta);
    });
  }

  get key() {
    return `zscape:${this.model}`;
  }

  /** Something worth remembering has changed. */
  changed() {
    if (this.panel) memory.save(this.key, { ...this.plane?.state, ...this.panel.state, ...this.drawer?.state });
  }

  clear() {
    delete this.root.dataset.ready;
    this.panel?.destroy?.();
    this.drawer?.destroy();
    this.plane?.destroy();
    this.background?.destroy();
    cancelAnimationFrame(this.frame);
    this.panel = this.plane = this.drawer = this.background = this.decoder = this.keyframes = this.std = this.frame = undefined;
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
