// The chart of the feed, for a mouse: a stretch that is dragged over it becomes a search from its first hour to its last.
// uPlot is loaded when the mouse comes, and takes the place of the drawn chart, which has the same bars.
"use strict";

const strip = document.querySelector(".strip[data-hours]");

function token(name) {
  strip.style.color = `var(${name})`;
  const colour = getComputedStyle(strip).color;
  strip.style.color = "";
  return colour;
}

function iso(hour) {
  return new Date(hour * 3600000).toISOString().replace(":00.000Z", "Z");
}

function search(from, to) {
  const query = [strip.dataset.query, `after:${iso(from)}`, `before:${iso(to)}`].filter(Boolean).join(" ");
  location.href = `/search?${new URLSearchParams({ q: query })}`;
}

function chosen(plot, hours) {
  const { left, width } = plot.select;
  if (width < 2) return;
  const at = (x) => Math.min(hours.length, Math.max(0, Math.floor((x / plot.bbox.width) * devicePixelRatio * hours.length)));
  search(hours[0] + at(left), hours[0] + Math.max(at(left) + 1, at(left + width - 0.01) + 1));
}

function draw(chart) {
  const hours = strip.dataset.hours.split(",").map(Number);
  const values = strip.dataset.values.split(",").map(Number);
  const { width, height } = chart.getBoundingClientRect();
  const last = values.length - 1, isOpen = "open" in strip.dataset;
  const bars = (colour) => ({ stroke: colour, fill: colour, width: 0, points: { show: false },
    paths: uPlot.paths.bars({ size: [0.7, Infinity], align: 0 }) });
  const plot = new uPlot({
    width, height, padding: [0, 0, 0, 0], legend: { show: false }, pxAlign: 0,
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false, range: [hours[0] - 0.5, hours.at(-1) + 0.5] }, y: { range: [0, Math.max(1, ...values)] } },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    series: [{}, bars(token("--bar")), bars(token("--accent"))],
    hooks: { setSelect: [(self) => chosen(self, hours)] },
  }, [hours, values.map((value, at) => (isOpen && at === last ? null : value)),
    values.map((value, at) => (isOpen && at === last ? value : null))], strip);
  chart.after(plot.root);
  chart.classList.add("vh");
  addEventListener("resize", () => { plot.destroy(); chart.classList.remove("vh"); listen(); }, { once: true });
}

function listen() {
  const chart = strip.querySelector("svg.chart");
  chart.addEventListener("pointerenter", (event) => {
    if (event.pointerType !== "mouse") return listen();
    if (window.uPlot) return draw(chart);
    const script = Object.assign(document.createElement("script"), { src: "/static/vendor/uPlot.iife.min.js" });
    script.addEventListener("load", () => draw(chart));
    document.head.append(script);
  }, { once: true });
}

if (strip) listen();
