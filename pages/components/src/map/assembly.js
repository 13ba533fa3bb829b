// Panel and map of one model, put together as what they are made of comes from the server.

import { pointsOf } from "../geometry/points.js";
import { indicesOf } from "../geometry/selection.js";
import { same } from "../nn/condition.js";
import { BetaStrip } from "../panels/beta.js";
import { ClassStrip } from "../panels/classes.js";
import { Drawer } from "../panels/drawer.js";
import { GalleryPanel } from "../panels/gallery.js";
import { LowerStrip } from "../panels/lower.js";
import { PathPanel } from "../panels/path.js";
import { PinsPanel } from "../panels/pins.js";
import { SidePanel } from "../panels/side.js";
import { TraversePanel } from "../panels/traverse.js";
import { memory } from "../shared/dom.js";
import { MapWorker } from "./map_worker.js";
import { Plane } from "./plane.js";

/** @type {Record<string, new (app: App, remembered: Remembered) => Panel>} */
const PANELS = { side: SidePanel, explore: PinsPanel, gallery: GalleryPanel, path: PathPanel, traverse: TraversePanel };

/**
 * Hears of what comes, as long as its model is the one that is shown.
 * @implements {LoadingListener}
 */
export class Assembly {
  /**
   * Lays out the page for the model that an app has been told of.
   * @param {App} app
   * @param {Remembered} remembered
   */
  constructor(app, remembered) {
    this.app = app;
    this.data = app.data; // as it is when everything is asked for
    this.remembered = remembered;
    this.panel = new PANELS[this.data.panel](app, remembered);
    this.strip = this.slider();
    app.classes = this.classes();
    app.lower = this.lower();
    const strips = [app.classes?.element, app.lower?.element, this.strip.element].filter(
      (element) => element !== undefined,
    );
    app.page.layOut(this.data, this.panel.element, strips);
  }

  /** For the class, of a model that is told one; a path goes from class to class, and of two maps Python says it. */
  classes() {
    const { app, data } = this;
    if (!data.classes || data.panel === "path" || data.panel === "side") return undefined;
    return new ClassStrip({ ...data.classes, labelled: data.panel === "explore" }, (label) => {
      const condition = { ...app.condition, label };
      app.aim(condition);
      this.keep(condition);
    });
  }

  /** For the lower latents, of a map of the top of two levels. */
  lower() {
    const { app, data } = this;
    if (!data.levels || data.panel !== "explore") return undefined;
    return new LowerStrip(data.levels, (lower) => app.aim({ ...app.condition, lower }));
  }

  /**
   * A condition was chosen: this tab remembers it, and Python is told.
   * @param {Condition} condition
   */
  keep({ beta, label }) {
    memory.save(conditionKey(this.data), { beta, label });
    this.app.send("condition", { beta, label });
  }

  /** For beta, or what stands in its place. */
  slider() {
    const { app } = this;
    return new BetaStrip({
      moved: (beta) => app.aim({ ...app.condition, beta }),
      settled: (beta) => {
        const condition = { ...app.condition, beta };
        this.keep(condition);
        if (same(condition, app.data.condition)) app.refetch(); // Python will say nothing new
      },
      train: () => app.trigger("train", true),
    });
  }

  /**
   * There is a decoder, so there is a picture.
   * @param {Decoder} decoder
   */
  begin(decoder) {
    const { app, panel } = this;
    app.panel = panel;
    app.decoder = decoder;
    app.condition = conditionToStartWith(app.data);
    if (!same(app.condition, app.data.condition)) app.send("condition", app.condition); // Python forgot it at a reload
    decoder.tune(app.condition);
    app.root.dataset.beta = String(app.condition.beta);
    app.classes?.ready(decoder, app.condition);
    panel.ready(decoder);
  }

  /** @param {Keyframes | null} keyframes null for a model that was trained at one beta */
  offerBeta(keyframes) {
    const { app, data, strip } = this;
    if (keyframes) {
      app.keyframes = keyframes;
      strip.range(keyframes, app.condition.beta, data.panel === "explore");
    } else strip.single(data.condition.beta, data.offer);
  }

  /** @param {Block} block of points */
  showMap(block) {
    const { app, data, panel, remembered } = this;
    const { keyframes } = app;
    const decoder = /** @type {Decoder} */ (app.decoder); // which comes first
    if (keyframes?.whole) block.arrays.mean = keyframes.meansAt(app.condition.beta);
    const points = pointsOf(block, app.data);
    if (keyframes?.whole) points.condition = app.condition;
    const plane = this.planeOf(points, block.header.classes);
    app.page.stage.replaceWith(plane.element);
    app.plane = plane;
    plane.start();
    app.tell();
    app.worker = new MapWorker();
    app.worker.introduce(app.data);
    app.worker.lay(plane, decoder);
    if (data.panel === "explore") this.offerSelection(indicesOf(remembered.selected ?? "", points.label.length));
    if (!app.link) panel.laidOut?.();
    if (!keyframes?.whole && !same(app.condition, data.condition)) app.aim(app.condition);
    if (data.panel === "explore") plane.cursor.moveTo(plane.cursor.place); // elsewhere nobody has pointed at anything yet
  }

  /** @param {PlanePoints} points @param {string[]} classes names of the labels */
  planeOf(points, classes) {
    const { app, panel, remembered } = this;
    // A view of another plane says nothing of this one.
    const known =
      (remembered.space ?? "") === points.space.name
        ? remembered
        : { ...remembered, view: undefined, cursor: undefined };
    const plane = new Plane(points, classes, this.data.alt, known, {
      moved: (place, nearest) => {
        panel.moved(place, nearest);
        app.classes?.moved(nearest && nearest.label >= 0 ? nearest.label : null);
        app.lower?.moved(nearest && plane.placement.latentOf(nearest.index));
        app.root.dataset.z = plane.cursor.latentAt(place).z.join(",");
      },
      clicked: (place, nearest) => panel.clicked(place, nearest),
      drew: (polygon) => app.drawer?.choose(polygon ? plane.placement.within(polygon, plane.classes.hidden) : []),
      escaped: () => app.escape(),
      redrawn: panel.redrawn && (() => panel.redrawn?.()),
      renewed: app.lower && (() => app.lower?.renew()),
      changed: () => app.changed(),
      glided: () => app.link?.glided(app),
      rested: app.link && (() => app.link?.read()),
    });
    return plane;
  }

  /** @param {number[]} selected points that were */
  offerSelection(selected) {
    const { app } = this;
    app.answer();
    app.drawer = new Drawer(app.mapped);
    app.root.append(app.drawer.element);
    if (selected.length) app.drawer.choose(selected, false);
  }

  /** All is there but what the map is as good without. */
  complete() {
    const { app, panel, remembered } = this;
    const { data } = app;
    app.root.dataset.ready = data.model;
    if (data.panel === "side" && !same(data.condition, app.condition)) app.aim(data.condition); // it was told of another one meanwhile
    if (app.link) panel.laidOut?.(); // both maps must know that this one is there
    if (app.plane) app.loading?.plot(app.plane);
    if (data.points !== app.loading?.points) app.refetch();
    if (remembered.pins?.length) app.send("pins", remembered.pins); // Python forgot them at the page switch
  }

  /** It is known how wide posteriors are. */
  refresh() {
    this.app.refresh();
  }

  /** @param {Error} error */
  fail(error) {
    this.app.page.fail(error);
  }
}

/**
 * Where this tab remembers the condition of a model, on whichever page.
 * @param {AppData} data
 */
function conditionKey({ model }) {
  return `zscape:condition:${model}`;
}

/**
 * Python's condition, unless it only just met us: then the one that this tab remembers. Of two maps Python says both.
 * @param {AppData} data
 * @returns {Condition}
 */
function conditionToStartWith(data) {
  const { condition, chosen, panel } = data;
  return chosen || panel === "side" ? condition : { ...condition, ...memory.load(conditionKey(data)) };
}
