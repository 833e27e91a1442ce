// The graph of Spread: cytoscape is loaded when it is asked for, and draws the pairs that the table has.
"use strict";

const figure = document.getElementById("graph");
const canvas = document.getElementById("graph-canvas");
const said = document.getElementById("graph-said");
const LARGEST_NAME = 24;
const ASIDE = 80;
const ABOVE = 28;

// cytoscape adds a style element unless one of this id is there, which the policy of these pages would refuse; what it
// says is in app.css.
document.querySelector("link[rel=stylesheet]").id = "__________cytoscape_stylesheet";

function load(url) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

function colour(token) {
  canvas.style.color = `var(${token})`;
  return getComputedStyle(canvas).color;
}

function styles() {
  const [text, bar, surface, edge, accent, bg] =
    ["--text", "--bar", "--surface", "--edge", "--accent", "--bg"].map(colour);
  return [
    { selector: "node", style: {
      label: "data(label)", color: text, "font-size": 13, "font-family": getComputedStyle(canvas).fontFamily,
      "text-valign": "bottom", "text-margin-y": 4, "text-outline-color": bg, "text-outline-width": 2,
      width: "data(size)", height: "data(size)", "background-color": surface, "border-color": edge, "border-width": 1.5,
    } },
    { selector: "node[?leads]", style: { "background-color": accent, "border-color": accent } },
    { selector: "edge", style: {
      width: "data(size)", "line-color": bar, "target-arrow-color": bar, "target-arrow-shape": "triangle",
      "arrow-scale": 0.8, "curve-style": "bezier",
    } },
    { selector: ".near", style: { "line-color": accent, "target-arrow-color": accent, "z-index": 2 } },
    { selector: ".far", style: { opacity: 0.25 } },
  ];
}

function elements(pairs) {
  const nodes = new Map();
  const node = (id, name) => {
    if (!nodes.has(id)) nodes.set(id, { id: String(id), name: name, first: 0, copied: 0 });
    return nodes.get(id);
  };
  for (const pair of pairs) {
    node(pair.from_channel, pair.from_name).first += pair.copies;
    node(pair.to_channel, pair.to_name).copied += pair.copies;
  }
  const most = Math.max(...pairs.map((each) => each.copies));
  const mostFirst = Math.max(...[...nodes.values()].map((each) => each.first));
  return [
    ...[...nodes.values()].map((each) => ({ data: {
      id: each.id, leads: each.first > each.copied, size: 14 + 30 * Math.sqrt(each.first / mostFirst),
      label: each.name.length > LARGEST_NAME ? `${each.name.slice(0, LARGEST_NAME - 1)}…` : each.name,
    } })),
    ...pairs.map((each) => ({ data: {
      source: String(each.from_channel), target: String(each.to_channel), size: 1.5 + 5 * (each.copies / most),
    } })),
  ];
}

// Places between the edges of the box at zoom 1: fitted by zoom, names would be as small as the graph is large.
function fill(graph) {
  const { x1, y1, w, h } = graph.nodes().boundingBox({ includeLabels: false });
  graph.nodes().positions((node) => ({
    x: ASIDE + ((node.position("x") - x1) / (w || 1)) * (graph.width() - 2 * ASIDE),
    y: ABOVE + ((node.position("y") - y1) / (h || 1)) * (graph.height() - 2.5 * ABOVE),
  }));
  graph.viewport({ zoom: 1, pan: { x: 0, y: 0 } });
}

function draw(pairs) {
  const graph = cytoscape({
    container: canvas, elements: elements(pairs), style: styles(), userZoomingEnabled: false,
    boxSelectionEnabled: false, autounselectify: true, minZoom: 0.2, maxZoom: 4,
    layout: { name: "circle", animate: false },
  });
  graph.layout({ name: "cose", animate: false, randomize: false, fit: false, nodeDimensionsIncludeLabels: true }).run();
  fill(graph);
  graph.on("mouseover", "node", (event) => {
    const near = event.target.closedNeighborhood();
    graph.elements().not(near).addClass("far");
    near.edges().addClass("near");
  });
  graph.on("mouseout", "node", () => graph.elements().removeClass("far near"));
  graph.on("tap", "node", (event) => { location.href = `/channels/${event.target.id()}`; });
  const repaint = () => graph.style(styles());
  document.addEventListener("change", (event) => { if (event.target.name === "theme") repaint(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  const zooms = { in: 1.3, out: 1 / 1.3 };
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      const step = zooms[button.dataset.zoom];
      if (!step) fill(graph);
      else graph.zoom({ level: graph.zoom() * step, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
    });
  }
}

async function show(button) {
  button.disabled = true;
  said.textContent = "Loading…";
  try {
    const [answer] = await Promise.all([fetch(figure.dataset.url), load("/static/vendor/cytoscape.min.js")]);
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    const { pairs } = await answer.json();
    figure.hidden = false;
    draw(pairs);
    said.textContent = "";
    button.remove();
    figure.querySelector("button").focus({ preventScroll: true });
  } catch (error) {
    figure.hidden = true;
    button.disabled = false;
    said.textContent = `The graph could not be drawn: ${error.message ?? "its script did not load"}. The table has the same.`;
  }
}

const begin = document.getElementById("graph-show");
if (begin) {
  begin.hidden = false;
  begin.addEventListener("click", () => show(begin));
}
