// The component: fetches what it needs, puts a panel beside the map, and remembers both across page switches and reloads.

import { Keyframes } from "../geometry/keyframes.js";
import { indicesOf } from "../geometry/selection.js";
import { spaceOf } from "../geometry/space.js";
import { Decoder } from "../nn/decoder.js";
import { HoverCard } from "../panels/answer.js";
import { BetaStrip } from "../panels/beta.js";
import { Drawer } from "../panels/drawer.js";
import { Finder } from "../panels/finder.js";
import { GalleryPanel } from "../panels/gallery.js";
import { Originals } from "../panels/originals.js";
import { Pair } from "../panels/pair.js";
import { PathPanel } from "../panels/path.js";
import { PinsPanel } from "../panels/pins.js";
import { SidePanel } from "../panels/side.js";
import { TraversePanel } from "../panels/traverse.js";
import { Overlay } from "../render/overlay.js";
import { Terrain } from "../render/terrain.js";
import { Thumbs } from "../render/thumbs.js";
import { fetchBlock } from "../shared/blocks.js";
import { h, memory } from "../shared/dom.js";
import { fetchPlotly, loadPlotly } from "../shared/plotly.js";
import { Background } from "../worker/background.js";
import { tellOfHands } from "./courtesy.js";
import { Plane } from "./plane.js";

const PANELS = { side: SidePanel, explore: PinsPanel, gallery: GalleryPanel, path: PathPanel, traverse: TraversePanel };

const LOOKED_AT = 16; // points, from which the terrain learns what pictures are like

const apps = new WeakMap(); // parentElement -> App, because Streamlit calls us again at every change of data or theme

export default function (component) {
  const { parentElement, data } = component;
  if (!apps.has(parentElement)) {
    const begin = (element) => new App(element);
    apps.set(parentElement, data.panel === "pair" ? new Pair(parentElement, begin) : begin(parentElement));
  }
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
    tellOfHands(this.root, () => this.data?.hands);
  }

  /**
   * Takes what Python says now. `data`: { panel, model, program, points, projected, keyframes, encoder, spreads, originals, beta, chosen,
   * start, offer, plotly, hands, alt } and what the panel needs. `keyframes` is null for a model that was trained at one beta; `beta` is that one, or the
   * one in use; `projected` says whether the points were laid out in a plane by Python;
   * `start` is the image to begin with, { index, z: its latent at beta }.
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
    if (data.panel === "side" && data.beta !== this.beta) this.aim(data.beta);
    if (data.points !== this.fetched) this.refetch();
  }

  /** Whether the page moves points with beta itself, all of them or some. */
  get moves() {
    return Boolean(this.keyframes?.mean);
  }

  /** Fetches points that Python has laid out otherwise; or all of them at the beta that it has been told, where there are too many to be
   * moved all. */
  async refetch() {
    const { model, plane } = this;
    const { points, beta, projected } = this.data;
    if (!points || this.root.dataset.ready === undefined || !(projected || this.keyframes?.index)) return;
    this.fetched = points;
    try {
      const block = await fetchBlock(points);
      const { arrays } = block;
      if (model !== this.model || this.fetched !== points) return; // it has moved on
      if (projected) return this.layOut(block);
      if (this.beta !== beta) return;
      Object.assign(this.points, arrays, { beta });
      await plane.replace(arrays.mean);
      this.drawer?.refresh();
      this.heard();
    } catch {
      this.fetched = undefined; // some of the points stay where they are, until Python is told of another beta
    }
  }

  /** What the plane keeps of the latents. */
  showFigures() {
    const shown = (this.data.figures ?? []).map(([title, value, text]) =>
      h("div", { title: text }, h("dt", {}, title), h("dd", {}, value)),
    );
    this.figures?.replaceChildren(...shown);
  }

  /** The same points lie in another plane. */
  layOut(block) {
    this.points = this.pointsOf(block);
    this.introduce();
    this.plane.become(this.points);
    this.plane.retune(this.beta);
    this.panel.laidOut?.();
    this.drawer?.refresh();
    if (this.data.panel === "explore") this.plane.moveTo(this.plane.cursor);
    this.heard();
  }

  /** Decimals that a place of the map has. */
  get digits() {
    return this.plane?.view.digits;
  }

  /** What the plane shows, of a block of points. */
  pointsOf(block) {
    const { header, arrays } = block;
    this.space = spaceOf(block);
    return {
      ...arrays,
      start: this.data.start?.index,
      extent: header.extent,
      space: this.space,
      beta: header.beta ?? this.data.beta,
    };
  }

  /** The latent at a place of the map, and how near points are that it comes from: { z, trust, own }. Before there is a map, it is that of the
   * image to begin with, or of what was pointed at before. */
  lift(place) {
    if (this.plane) return this.plane.lift(place);
    if (!place) return { z: this.data.start.z, trust: 1, own: true };
    if (this.decoder.latentDim === 2) return { z: place, trust: 1 };
    return { z: new Array(this.decoder.latentDim).fill(0), trust: 0 };
  }

  /** Reconstruction errors of the points `indices`, in nats, where their images are at hand. `progress(share)` is called meanwhile, and what
   * was asked for before is dropped. */
  errorsOf(indices, progress) {
    const { plane, beta, originals, background } = this;
    const id = (this.measuring = (this.measuring ?? 0) + 1);
    const { dims } = plane.space;
    const latents = new Float32Array(dims * indices.length);
    for (let at = 0; at < indices.length; at++) latents.set(plane.latentOf(indices[at]), dims * at);
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
      background.ask("errors", { id, indices, latents, beta, originals: place });
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

  /** How wide the posterior of point `index` is on the map, at the beta in use: standard deviations across and up, and where they are
   * correlated by how much. Null where that is nothing of the plane's, or as long as it isn't here. */
  spreadOf(index) {
    const { points } = this;
    if (!this.space.straight) return null;
    if (!this.moves || this.keyframes.index) {
      const { std, tilt } = points;
      return points.beta === this.beta ? [std[2 * index], std[2 * index + 1], ...(tilt ? [tilt[index]] : [])] : null;
    }
    return this.std && [0, 1].map((d) => this.keyframes.one(this.std, this.beta, points.std.length, 2 * index + d));
  }

  /** Builds panel and map for the model at hand; the picture first, because it is there first. */
  async load() {
    const { data, model } = this;
    this.clear();
    const remembered = memory.load(this.key);
    this.cursor = remembered.cursor ?? (data.start ? null : [0, 0]);
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
    const left = h(
      "div",
      { className: "zs-left" },
      ...(data.points ? [stage] : []),
      ...(data.panel === "side" ? [] : [strip.element]),
    );
    this.figures = h("dl", { className: "zs-figures" });
    this.body = h("div", { className: `zs-body zs-${data.panel}-page` }, left, panel.element);
    if (data.figures?.length) left.append(this.figures);
    this.showFigures();
    if (!data.points) this.body.classList.add("zs-panel-only");
    if (data.projected) this.body.classList.add("zs-projected");
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
      this.beta = data.keyframes ? this.betaToStartWith() : this.data.beta;
      decoder.tune(this.beta);
      this.root.dataset.beta = String(this.beta);
      panel.ready(decoder);
      if (data.keyframes) {
        const keyframes = new Keyframes(await frames);
        if (model !== this.model) return;
        this.keyframes = keyframes;
        strip.range(this.keyframes, this.beta, data.panel === "explore");
        if (this.beta !== data.beta) this.send("beta", this.beta); // Python forgot it at a reload
      } else strip.single(data.beta, data.offer);
      if (data.points) {
        const block = await points;
        const { arrays, header } = block;
        if (model !== this.model) return;
        const whole = this.moves && !this.keyframes.index;
        if (whole) arrays.mean = this.keyframes.meansAt(this.beta);
        this.points = this.pointsOf(block);
        if (whole) this.points.beta = this.beta;
        // A view of another plane says nothing of this one.
        const known =
          (remembered.space ?? "") === this.space.name
            ? remembered
            : { ...remembered, view: undefined, cursor: undefined };
        const plane = new Plane(this.points, header.classes, data.alt, known, {
          moved: (place, nearest) => {
            panel.moved(place, nearest);
            this.root.dataset.z = plane.lift(place).z.join(",");
          },
          clicked: (place, nearest) => panel.clicked(place, nearest),
          drew: (polygon) => this.drawer?.choose(polygon ? plane.within(polygon) : []),
          escaped: () => this.escape(),
          changed: () => this.changed(),
          glided: () => this.link?.glided(this),
          rested: this.link && (() => this.link.read()),
        });
        stage.replaceWith(plane.element);
        this.plane = plane;
        plane.start();
        this.lay();
        if (data.panel === "explore") this.answer(indicesOf(remembered.selected ?? "", arrays.label.length));
        if (!this.link) panel.laidOut?.();
        if (!whole && this.beta !== data.beta) this.aim(this.beta);
        if (data.panel === "explore") plane.moveTo(plane.cursor); // elsewhere nobody has pointed at anything yet
      }
      this.root.dataset.ready = data.model;
      if (data.panel === "side" && this.data.beta !== this.beta) this.aim(this.data.beta); // it was told of another one meanwhile
      if (this.link) panel.laidOut(); // both maps must know that this one is there
      if (data.points) this.plot();
      if (this.data.points !== this.fetched) this.refetch();
      if (remembered.pins?.length) this.send("pins", remembered.pins); // Python forgot them at the page switch
      if (data.panel === "explore" && data.spreads && this.moves && !this.keyframes.index) {
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
    const { plane, decoder, points } = this;
    this.background = new Background();
    this.introduce();
    const count = points.label.length;
    const some = Array.from(
      { length: Math.min(LOOKED_AT, count) },
      (_, n) => Math.floor((n * count) / LOOKED_AT) % count,
    );
    const terrain = new Terrain(
      this.background,
      decoder.imageShape,
      some.map((index) => decoder.decode(plane.latentOf(index)).slice()),
    );
    const labelled = points.label.some((label) => label >= 0);
    const look = decoder.likelihood.kind === "bernoulli" ? "entropy" : "sharpness";
    // A plane whose distances a method chose has no stretch of the decoder's.
    plane.lay(terrain, new Overlay(this.background), (space) => [
      "density",
      look,
      ...(space.straight ? ["stretch"] : []),
      "cycle",
      ...(labelled ? ["class"] : []),
    ]);
  }

  /** Tells the worker of the model and its points. */
  introduce() {
    // A worker that was made from a text has no address that others could be relative to.
    const full = (name) => [name, this.data[name] && new URL(this.data[name], document.baseURI).href];
    const urls = Object.fromEntries(["program", "encoder", "points", "keyframes", "spreads"].map(full));
    this.background.ask("model", { urls, projected: Boolean(this.data.projected) });
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
      if (this.moves) this.plane?.move(this.keyframes.meansAt(this.beta), this.beta, this.keyframes.index);
      else this.plane?.retune(this.beta);
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
    if (this.link) this.link.left(this);
    else this.drawer?.destroy();
    this.plane?.destroy();
    this.background?.destroy();
    cancelAnimationFrame(this.frame);
    this.panel =
      this.plane =
      this.space =
      this.drawer =
      this.background =
      this.decoder =
      this.keyframes =
      this.std =
      this.frame =
        undefined;
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
