// Contrast of each text on what is behind it, lowest first: [{ratio, text, tag}]. Placeholders count as text.
() => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map(); // reading a pixel back takes long, and a page has few colours
  const rgba = (colour) => {
    if (!known.has(colour)) known.set(colour, read(colour));
    return known.get(colour);
  };
  const read = (colour) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((each) => each / 255).map((each) =>
      each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const found = [];
  const measure = (element, colour, text) => {
    const below = behind(element);
    const [one, other] = [light(over(rgba(colour), below)), light(below)].sort((a, b) => b - a);
    found.push({ ratio: (one + 0.05) / (other + 0.05), text: text.trim().slice(0, 40), tag: element.outerHTML.slice(0, 80) });
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const isShown = element.checkVisibility({ visibilityProperty: true }) && !element.closest(".vh, script, noscript, option");
    if (!isShown || !texts.currentNode.data.trim()) continue;
    const style = getComputedStyle(element);
    measure(element, element instanceof SVGElement ? style.fill : style.color, texts.currentNode.data);
  }
  for (const field of document.querySelectorAll("input[placeholder]")) {
    measure(field, getComputedStyle(field, "::placeholder").color, field.placeholder);
  }
  return found.sort((a, b) => a.ratio - b.ratio);
}
