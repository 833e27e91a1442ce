// What has the focus, and why a person could not see that; null behind the last one.
() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const text = at.closest(".text");
  const ringed = [at, text].find((each) => each && getComputedStyle(each).outlineStyle !== "none");
  const tag = at.outerHTML.slice(0, 90);
  if (!ringed) return { tag, fault: "no ring" };
  const box = ringed.getBoundingClientRect();
  if (!box.width || !box.height) return { tag, fault: "no size" };
  const style = getComputedStyle(ringed);
  const out = Math.max(0, parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth));
  const edges = { left: box.left - out, top: box.top - out, right: box.right + out, bottom: box.bottom + out };
  for (let around = ringed.parentElement; around && around !== document.body; around = around.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(around);
    const clip = around.getBoundingClientRect();
    const isCutX = overflowX !== "visible" && (edges.left < clip.left - 0.5 || edges.right > clip.right + 0.5);
    const isCutY = overflowY !== "visible" && (edges.top < clip.top - 0.5 || edges.bottom > clip.bottom + 0.5);
    if (isCutX || isCutY) return { tag, fault: `cut by ${around.className || around.tagName}` };
  }
  if (edges.left < -0.5 || edges.right > innerWidth + 0.5) return { tag, fault: "beyond the screen" };
  const first = ringed.getClientRects()[0];
  const top = document.elementFromPoint(first.left + first.width / 2, first.top + Math.min(8, first.height / 2));
  const isOver = top && (at.contains(top) || ringed.contains(top) || top.contains(at));
  return { tag, fault: isOver ? null : `below ${top?.className || top?.tagName}` };
}
