// The page of a Box: a text area, a line that says what goes on, a question if one is asked, the page.
// This side sends `text` once nobody has typed for a while, and counts `stops`; Python answers with `result`.

const QUIET = 350; // ms without a key, then the text is sent
const SLOW = 800; // ms, then the box says that it derives
const LONG = 10000; // ms, then it says that this takes long

const make = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  // Without this, JupyterLab takes arrows and letters for its own shortcuts.
  if (["textarea", "input", "button"].includes(tag)) node.dataset.lmSuppressShortcuts = "true";
  node.append(...children);
  return node;
};

let views = 0;

function render({ model, el }) {
  const view = `box${++views}`;
  const area = make("textarea", { rows: 3, spellcheck: false, value: model.get("text") });
  const stop = make("button", { type: "button", textContent: "Stop", hidden: true });
  const status = make("span", { role: "status" });
  const question = make("div", { className: "question" });
  const verdict = make("p", { className: "verdict" });
  verdict.ariaLive = "polite";
  const page = make("div", { className: "page" });
  let timer, slow, long, answered;

  const waiting = () => {
    clearTimeout(slow);
    clearTimeout(long);
    slow = setTimeout(() => { status.textContent = "Deriving ..."; stop.hidden = false; }, SLOW);
    long = setTimeout(() => { status.textContent = "This takes longer than ten seconds. Wait, or stop it."; }, LONG);
  };
  const over = () => {
    clearTimeout(slow);
    clearTimeout(long);
    status.textContent = "";
    stop.hidden = true;
  };

  const ask = ({ question: asked, options, answer, why }) => {
    const commit = (given) => {
      answered = asked + answer;
      verdict.textContent = (given === undefined ? `The answer: ${answer}. `
        : given === answer ? `✓ Right, as you predicted: ${given}. ` : `✗ You predicted: ${given}. The answer: ${answer}. `) + why;
      show();
    };
    const radios = options.map((value) => make("input", { type: "radio", name: view, value }));
    const form = make("form", {}, make("fieldset", {}, make("legend", { textContent: asked }),
      ...options.map((option, k) => make("label", {}, radios[k], option)), make("br"),
      make("button", { type: "submit", textContent: "Commit prediction" }),
      make("button", { type: "button", textContent: "Show me", onclick: () => commit() })));
    form.onsubmit = (event) => {
      event.preventDefault();
      const chosen = radios.find((radio) => radio.checked);
      if (chosen) commit(chosen.value);
      else verdict.textContent = "Choose one first.";
    };
    question.replaceChildren(form);
  };

  const show = () => {
    const result = model.get("result");
    if (result.text !== area.value || result.text === undefined) return; // of an earlier text
    if (result.done) over();
    const open = !result.question || answered === result.question + result.answer;
    if (result.error) page.replaceChildren(make("p", { className: "error", textContent: result.error }));
    else if (open) {
      const unfolded = [...page.querySelectorAll("details")].map((fold) => fold.open);
      page.innerHTML = result.html;
      page.querySelectorAll("details").forEach((fold, k) => { fold.open = unfolded[k] ?? false; });
    } else page.replaceChildren();
    if (open || result.error) question.replaceChildren();
    else if (!question.firstChild || verdict.dataset.asked !== result.question + result.answer) ask(result);
    verdict.dataset.asked = result.question + result.answer;
    if (!open || result.error) verdict.textContent = "";
  };

  area.oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { waiting(); model.set("text", area.value); model.save_changes(); }, QUIET);
  };
  stop.onclick = () => { model.set("stops", model.get("stops") + 1); model.save_changes(); };
  model.on("change:result", show);
  model.on("change:text", () => { if (area.value !== model.get("text")) { area.value = model.get("text"); waiting(); } });
  show();

  el.append(make("section", { className: "box", ariaLabel: "Your definition" },
    make("label", {}, make("span", { textContent: "Your definition" }), area),
    make("p", { className: "status" }, status, " ", stop), question, verdict, page));
}

export default { render };
