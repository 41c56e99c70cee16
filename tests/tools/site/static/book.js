/* A page whose formulas are set: rules below their lines where there is no room beside them, a key for each box
   that scrolls, and TeX on the clipboard where a formula is copied. */
const FORMULA = "mjx-container";
const BOXES = "pre, .cell_output, .output, div.math, .table-wrapper, " + FORMULA;

/** A derivation with each rule in a row of its own: "a &= b && rule \\" becomes "a &= b \\ &\quad rule \\". */
function stacked(tex) {
  return tex.replace(/\s*&&\s*(.*?)\s*(\\\\|\\end\{aligned\})/g, "\\\\[-0.2em]\n &\\quad{\\small $1} $2");
}

/** The formula without what Sphinx puts around its lines. */
const written = (math) => math.replace(/^\s*\\begin\{split\}|\\end\{split\}\s*$/g, "").trim();

const overflows = (node) => node.scrollWidth > node.clientWidth + 1;

function typeset(all) {
  for (const { math, display, typesetRoot: node } of all.getMathItemsWithin(document.body)) {
    const box = node.parentElement;
    node.dataset.tex = display ? `$$${written(math)}$$` : `$${math}$`;
    if (!display || !math.includes("&&") || !(overflows(box) || overflows(node))) continue;
    MathJax.typesetClear([box]);
    box.textContent = `\\[${stacked(math)}\\]`;
    MathJax.typeset([box]);
    box.querySelector(FORMULA).dataset.tex = node.dataset.tex;
  }
}

/** What scrolls is reached by Tab, and nothing else is because of it. */
function reachable() {
  for (const node of document.querySelectorAll(BOXES)) {
    if (overflows(node)) node.tabIndex = 0;
    else if (!node.matches(FORMULA)) node.removeAttribute("tabindex");
  }
}

const formulaAround = (node) => (node.closest ? node : node.parentElement).closest(FORMULA);

/** The selection, or the formula that has the focus, with TeX in the place of each formula. */
function copied() {
  const selection = getSelection();
  const focused = formulaAround(document.activeElement);
  const page = document.createElement("div");
  if (selection.isCollapsed) {
    if (focused) page.append(focused.cloneNode(true));
  } else {
    const range = selection.getRangeAt(0).cloneRange();
    const [first, last] = [formulaAround(range.startContainer), formulaAround(range.endContainer)];
    if (first) range.setStartBefore(first);
    if (last) range.setEndAfter(last);
    page.append(range.cloneContents());
  }
  const formulas = page.querySelectorAll("[data-tex]");
  formulas.forEach((node) => node.replaceWith(node.dataset.tex));
  return formulas.length ? page : null;
}

document.addEventListener("copy", (event) => {
  const page = copied();
  if (!page) return;
  page.style.cssText = "position: absolute; left: -200vw";
  document.body.append(page); // only text that is laid out keeps its lines
  event.clipboardData.setData("text/plain", page.innerText);
  page.remove();
  event.preventDefault();
});

addEventListener("resize", reachable);
addEventListener("load", async () => {
  const startup = window.MathJax?.startup;
  await startup?.promise;
  if (startup) typeset(startup.document);
  reachable();
  document.documentElement.dataset.set = ""; // for who waits for it
});
