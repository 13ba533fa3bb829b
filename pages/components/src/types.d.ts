// Types that several modules share. They are global, so that no module has to import them.

/** From and to. */
type Span = [number, number];
/** Across and up in the plane. */
type Place = [number, number];
/** Across and down on the screen, in px. */
type Spot = [number, number];
/** What a view shows. */
interface Ranges {
  x: Span;
  y: Span;
}
/** A place (x, y) lies at (left + x width, top + y height), in px. */
interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}
/** Left, top, width, height in px. */
type Box = [number, number, number, number];
/** One latent, or several one after another. */
type Latent = number[] | Float32Array;
/** Pixel means in [0, 1], channel by channel. */
type Pixels = Float32Array;
/** Channels, height, width. */
type ImageShape = [number, number, number];
/** Red, green and blue in 0 to 255. */
type Rgb = [number, number, number];
/** A point that is near, and how near. */
interface Near {
  index: number;
  label: number;
  distance: number;
}
/** What a search for neighbours fills, nearest first. */
interface Nearest {
  index: Int32Array;
  squared: Float64Array;
}

/** A block of numbers, as Python packs them; what its header and its arrays are depends on what was asked for. */
// biome-ignore lint/suspicious/noExplicitAny: Python says what is in it
interface Block<Header = any, Arrays = any> {
  header: Header;
  arrays: Arrays;
}
/** A layer of a network, with the names of its constants and what else its kind needs. */
interface Layer {
  kind: string;
  tensors: Record<string, string>; // names of a layer's tensors -> of the block's arrays
  layers?: Layer[];
  inputs: number;
  outputs: number;
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
  output_padding: number;
  features: number;
  eps: number;
  slope: number;
  factor: number;
  top: number;
  lower: number;
  first: number;
  count: number;
  knots: Knots;
  shape: number[];
}
/** What encoder and decoder take beside their input: beta, and a class, a share of each class, or none. */
interface Condition {
  beta: number;
  label: number | number[] | null;
  lower?: number[] | null; // what is added to the lower latents of two levels, if anything
}
/** How a layer takes a number of the condition. */
interface Knots {
  of: "beta" | "label";
  low: number;
  high: number;
  count: number;
  log: boolean;
}
/** What a model is conditioned on, by fields of the condition. */
type Conditioning = Partial<Record<keyof Condition, Knots>>;

interface DecoderHeader {
  latent_dim: number;
  image_shape: ImageShape;
  beta_range: Span | null;
  conditioning: Conditioning;
  of_two: boolean;
  mean: import("./nn/expression.js").Expression; // of a pixel, of the numbers that the likelihood takes
  std?: import("./nn/expression.js").Expression | null; // its standard deviation
  draw?: import("./nn/expression.js").Expression | null; // a draw of it
  score: import("./nn/expression.js").Expression;
  layers: Layer[]; // from latents to these numbers
}
type DecoderBlock = Block<DecoderHeader, Record<string, Float32Array>>;
type EncoderBlock = Block<{ image_shape: ImageShape; layers: Layer[] }, Record<string, Float32Array>>;

/** What there is to see of a place beside its mean. */
type PictureKind = "std" | "draw";

/** A circle around the origin: its radius, and a label for people. */
type Ring = [number, string];

/** A component of the prior in a plane: how much it weighs, its mean, and the standard deviations across and up with their correlation. */
interface PriorComponent {
  weight: number;
  place: Place;
  std: number[];
}

/** The ranges [x, y] that nearly all points, and all of them, lie in. */
interface Extent {
  nearly: [Span, Span];
  all: [Span, Span];
}
/** What lies at the places of a plane, and where latents lie on it. */
interface Space {
  dims: number;
  axes: [string, string];
  name: string;
  straight: boolean;
  projected: boolean;
  inverseTransform(place: ArrayLike<number>, out: Latent, at?: number): number;
  transform(z: ArrayLike<number>): Place;
  disagreement?(place: Place, z: ArrayLike<number>): number;
}
/** The points of a plane: N of them, NaN where one isn't on it. */
interface PlanePoints {
  mean: Float32Array; // (N * 2)
  label: Int32Array; // (N)
  std?: Float32Array; // (N * 2), of their posteriors
  tilt?: Float32Array; // (N), the correlation of the two directions
  latent?: Float32Array; // (N * D), of those that were laid out in a plane
  extent: Extent;
  rings: Ring[]; // the prior's circles around the origin
  components: PriorComponent[]; // that the prior is a mixture of
  aboutPrior: string; // what these or those are, for people
  start?: number; // the one that the cursor begins at
  condition: Condition; // that the points are at
  space: Space;
}
/** Points of one class that are drawn; `rank` says which each is among those that move. */
interface Group {
  label: number;
  index: Int32Array;
  x: Float32Array;
  y: Float32Array;
  rank?: Int32Array;
}
/** What is drawn over the points. */
interface PlaneMarks {
  pins?: { place: Place; name: string; active?: boolean }[];
  rings?: Place[];
  active?: number; // of the rings
  path?: Place[];
  at?: Place | null; // on the path
  trails?: [Place, Place][];
}
/** What the page remembers of a plane. */
interface PlaneState {
  view?: Ranges;
  hidden?: number[];
  cursor?: Place;
  image?: number;
  space?: string;
}
interface PlaneListener {
  moved(place: Place, nearest: Near | null): void;
  clicked(place: Place, nearest: Near | null): void;
  drew(polygon: Place[] | null): void;
  escaped(): void;
  renewed?: (() => void) | undefined;
  redrawn?: () => void; // another draw of the picture's pixels is asked for
  changed(): void;
  glided?(): void;
  rested?: () => void;
}
/** What is told as what a model needs comes from the server, in this order. */
interface LoadingListener {
  begin(decoder: Decoder): void;
  offerBeta(keyframes: Keyframes | null): void;
  showMap(block: Block): void; // where there is one
  complete(): void; // all is there but how wide posteriors are at each keyframe
  refresh(): void; // that is there, too
  fail(error: Error): void;
}
/** The colours of the page. */
interface Theme {
  dark: boolean;
  ink: Rgb;
  text: string;
}
/** Layers of the map, as people choose them. */
interface LayerSettings {
  points: boolean;
  terrain: boolean;
  circles: boolean;
  strength: number;
  cover: number;
  overlay: string;
  size: number;
}

type Decoder = import("./nn/decoder.js").Decoder;
type Keyframes = import("./geometry/keyframes.js").Keyframes;
type View = import("./geometry/view.js").View;
type LevelOfDetail = import("./geometry/level_of_detail.js").LevelOfDetail;
type App = import("./map/app.js").App;
type Pair = import("./panels/pair.js").Pair;
type Plane = import("./map/plane.js").Plane;
type Drawer = import("./panels/drawer.js").Drawer;

/** How Streamlit calls a component. */
interface Component {
  parentElement: HTMLElement;
  data: AppData & Partial<PairData>;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}
/** What Python says of a map and its panel, of which each needs some more. */
interface AppData {
  panel: string;
  model: string; // names it
  program: string; // URLs of blocks
  points: string | null; // null where there is no map
  keyframes: string | null; // null for a model that was trained at one beta
  encoder: string | null;
  spreads: string | null;
  originals: OriginalsPlace | null;
  projected: boolean; // whether the points were laid out in a plane by Python
  condition: Condition; // in use
  chosen: boolean; // whether somebody chose its beta
  start: { index: number; z: number[] } | null; // the image to begin with, and its latent at beta
  offer: boolean; // whether there is a page to train on
  plotly: string;
  activity: string | null; // where the server hears that something is being moved
  alt: string;
  classes: { names: string[]; none: boolean } | null; // that the model is told, and whether it knows none; null for one that isn't told any
  levels: { top: number; lower: number } | null; // latents of each of two levels; null where there is one
  figures?: [string, string, string][]; // a title, a value and what it means
}
/** What Python says of two maps; `shared` says whether their points are of the same images. */
interface PairData {
  sides: [AppData, AppData];
  shared: boolean;
}
interface GalleryData extends AppData {
  samples: number[][]; // latents
  labels: number[] | null; // of each, in place of the one in use
  columns: number | null; // of tiles; null for a square
}
interface PathData extends AppData {
  path: number[][]; // latents from A to B, evenly spaced
  steps: number; // pictures in the strip
  labels: [number, number] | null; // of A and B, for a model that is told a class
  ends: { a: PathEnd; b: PathEnd };
}
interface PathEnd {
  caption: string;
  picture: string | null; // URL of the test image, where it is at hand
  index: number | null;
}
/** What Python says of traversals, `kl`, `active` and `span` of each dimension, `order` of them. */
interface TraverseData extends AppData {
  kl: number[];
  active: boolean[];
  order: number[];
  span: Span[];
  reach: string; // what the span is, "prior" or "data"
  steps: number; // pictures in a strip
  most: number; // dimensions that are shown at first
  start: { index: number; z: number[] } & Start;
}
/** What traversals start from; `frames` is the same at each keyframe, and `changes` says after which of them it changes its mode. */
interface Start {
  z: number[];
  frames: number[][] | null;
  changes: number[];
  said: { kind: string; z?: number[] };
  name: string;
  usual: boolean;
  picture: string | null;
}
/** Where the test images are, so many in a part. */
interface OriginalsPlace {
  url: string;
  rows: number;
  count: number;
}
/** What this tab remembers of a map and its panel. */
interface Remembered extends PlaneState {
  selected?: string;
  pins?: number[][];
  places?: Place[];
  chosen?: number | null;
  t?: number;
  next?: "a" | "b";
  begun?: string;
  edits?: Record<string, number>;
  whole?: boolean;
  picture?: string;
}
/** A panel beside the map. */
interface Panel {
  element: HTMLElement;
  readonly state: object;
  pins?: Pin[];
  image?: number; // that the other of two maps has sent it to
  ready(decoder: Decoder): void;
  update?(data: AppData): void;
  moved(place: Place, nearest: Near | null): void;
  clicked(place: Place, nearest: Near | null): void;
  retuned(): void;
  laidOut?(): void; // the map is there, or shows another plane
  refresh?(): void;
  redrawn?(): void; // another draw of the picture's pixels is asked for
  destroy?(): void;
}
interface Pin {
  z: number[];
  place?: Place | null;
  space?: string;
}
/** An app whose map is there. */
type MapApp = App & { plane: Plane; points: PlanePoints; space: Space; decoder: Decoder; drawer: Drawer; panel: Panel };

/** As much of plotly.js as is used. */
interface Plotly {
  newPlot(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
  react(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
  relayout(element: HTMLElement, layout: object): Promise<unknown>;
  purge(element: HTMLElement): void;
  Plots: { resize(element: HTMLElement): Promise<unknown> };
  Fx: {
    hover(element: HTMLElement, points: { curveNumber: number; pointNumber: number }[]): void;
    unhover(element: HTMLElement, event: Event): void;
  };
}
interface Window {
  Plotly?: Plotly;
}
/** What the build writes in. */
declare var ZSCAPE_KERNEL: string | undefined;
declare var ZSCAPE_WORKER: string | undefined;

/** A lattice of cells, row by row from the bottom. */
interface Grid {
  left: number;
  bottom: number;
  dx: number;
  dy: number;
  columns: number;
  rows: number;
}
/** What the worker says to what was asked of it. */
interface WorkerAnswer {
  kind: string;
  id: number;
  error?: string;
  done: number | boolean;
  first: number; // of the pictures
  count: number;
  bitmap: ImageBitmap;
  gutter: number;
  values?: Float32Array;
}
