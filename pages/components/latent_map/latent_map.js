// The component: fetches what it needs, puts a panel beside the map, and remembers both across page switches and reloads.

import { BetaStrip, Keyframes } from "./beta.js";
import { Decoder, fetchBlock } from "./decoder.js";
import { h, memory } from "./dom.js";
import { GalleryPanel } from "./gallery.js";
import { PathPanel } from "./path.js";
import { PinsPanel } from "./pins.js";
import { Plane } from "./plane.js";
import { fetchPlotly, loadPlotly } from "./plotly.js";

const PANELS = { explore: PinsPanel, gallery: GalleryPanel, path: PathPanel };

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
    parent.append(this.root);
  }

  /**
   * Takes what Python says now. `data`: { panel, model, program, points, keyframes, beta, offer, plotly, alt } and what the
   * panel needs. `keyframes` is null for a model that was trained at one beta; `beta` is that one, or the one in use.
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
    this.panel?.update?.(data);
    this.plane?.retheme();
  }

  /** Builds panel and map for the model at hand; the picture first, because it is there first. */
  async load() {
    const { data, model } = this;
    this.clear();
    const remembered = memory.load(this.key);
    this.cursor = remembered.cursor ?? [0, 0];
    const panel = new PANELS[data.panel](this, remembered);
    const stage = h("div", { className: "zs-map" }, h("div", { className: "zs-stage" }));
    const strip = new BetaStrip({
      moved: (beta) => this.aim(beta),
      settled: (beta) => {
        memory.save(`zscape:beta:${data.model}`, { beta });
        this.send("beta", beta);
      },
      train: () => this.trigger("train", true),
    });
    const left = h("div", { className: "zs-left" }, ...(data.points ? [stage] : []), strip.element);
    this.body = h("div", { className: `zs-body zs-${data.panel}-page` }, left, panel.element);
    if (!data.points) this.body.classList.add("zs-panel-only");
    this.root.replaceChildren(this.body);
    try {
      const fetching = fetchBlock(data.program);
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
        await painted(); // running plotly.js keeps the page busy, and the picture is here already
        const [plotly, { arrays, header }] = await Promise.all([loadPlotly(data.plotly), points]);
        if (model !== this.model) return;
        if (this.keyframes) arrays.mean = this.keyframes.meansAt(this.beta);
        const places = this.keyframes?.mean ?? arrays.mean;
        const plane = new Plane(plotly, { ...arrays, places }, header.classes, data.alt, remembered, {
          moved: (z, nearest) => {
            panel.moved(z, nearest);
            this.root.dataset.z = z.join(",");
          },
          clicked: (z, nearest) => panel.clicked(z, nearest),
          changed: () => this.changed(),
        });
        stage.replaceWith(plane.element);
        this.plane = plane;
        await plane.start();
        if (model !== this.model) return;
        panel.mark();
        if (data.panel === "explore") plane.moveTo(plane.cursor); // elsewhere nobody has pointed at anything yet
      }
      this.root.dataset.ready = data.model;
      if (remembered.pins?.length) this.send("pins", remembered.pins); // Python forgot them at the page switch
    } catch (error) {
      if (model !== this.model) return;
      this.root.replaceChildren(h("p", { className: "zs-message", role: "alert" }, error.message));
      console.error(error);
    }
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
      this.plane?.move(this.keyframes.meansAt(this.beta));
      this.panel.retuned();
      this.root.dataset.beta = String(this.beta);
    });
  }

  get key() {
    return `zscape:${this.model}`;
  }

  /** Something worth remembering has changed. */
  changed() {
    if (this.panel) memory.save(this.key, { ...this.plane?.state, ...this.panel.state });
  }

  clear() {
    delete this.root.dataset.ready;
    this.panel?.destroy?.();
    this.plane?.destroy();
    cancelAnimationFrame(this.frame);
    this.panel = this.plane = this.decoder = this.keyframes = this.frame = undefined;
  }

  destroy() {
    this.changed();
    this.clear();
    this.model = undefined;
    this.root.remove();
  }
}

/** Resolves when the browser has painted what there is, or soon in a tab that it doesn't paint. */
function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
}
