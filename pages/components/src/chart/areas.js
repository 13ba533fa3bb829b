// Which of some stacked areas is at a place of a chart.

/** @typedef {{ x: number[], y: number[], stackgroup?: string }} Trace */

/**
 * The area that a place is in, and its point that is nearest across, or null.
 * @param {Trace[]} traces
 * @param {number} x
 * @param {number} y
 * @returns {{ curveNumber: number, pointNumber: number } | null}
 */
export function areaAt(traces, x, y) {
  const floors = new Map(); // stack -> how high it is at x, so far
  for (const [curveNumber, trace] of traces.entries()) {
    const last = trace.x.length - 1;
    if (y < 0 || x < trace.x[0] - 0.5 || x > trace.x[last] + 0.5) continue;
    let after = trace.x.findIndex((epoch) => epoch >= x);
    if (after < 0) after = last;
    const before = Math.max(0, after - 1);
    const share = before === after ? 1 : Math.min(1, (x - trace.x[before]) / (trace.x[after] - trace.x[before]));
    const top = (floors.get(trace.stackgroup) ?? 0) + trace.y[before] + share * (trace.y[after] - trace.y[before]);
    if (y <= top) return { curveNumber, pointNumber: share < 0.5 ? before : after };
    floors.set(trace.stackgroup, top);
  }
  return null;
}
