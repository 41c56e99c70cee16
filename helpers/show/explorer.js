// The page of an Explorer: native controls with labels, locked until a prediction is committed.
// Python sends `page` (question, prediction, controls) once, then `result` (values, picture, alt, sentence) and
// `verdict`; this side sends `values` and `prediction`. A `result` of other values than those that were sent is late.

const LATE = 2000; // ms
const SILENT = "No answer yet: the kernel is busy, or the one that drew this is gone; then run this cell again.";
const GONE = "The kernel that drew this is gone: run this cell again.";

const make = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  // Without this, JupyterLab takes arrows and letters for its own shortcuts.
  if (["input", "select", "button"].includes(tag)) node.dataset.lmSuppressShortcuts = "true";
  node.append(...children);
  return node;
};

const shown = (number) => String(Number(number.toPrecision(6))).replace("-", "−");

let views = 0; // radio buttons of two views must not share a group

// A control is its node, and show(value), which sets it without telling Python.
const controls = {
  slider({ label, low, high, step }, send) {
    const input = make("input", { type: "range", min: low, max: high, step });
    const output = make("output");
    input.oninput = () => { output.value = shown(input.valueAsNumber); send(input.valueAsNumber); };
    const node = make("label", { className: "row" }, make("span", { textContent: label }), input, output);
    return { node, show: (value) => { input.value = value; output.value = shown(value); } };
  },

  choice({ name, label, options }, send, view) {
    if (options.length > 4) {
      const select = make("select", {}, ...options.map((option) => make("option", { textContent: option })));
      select.onchange = () => send(options[select.selectedIndex]);
      const node = make("label", { className: "row" }, make("span", { textContent: label }), select);
      return { node, show: (value) => { select.selectedIndex = options.indexOf(value); } };
    }
    const radios = options.map((option) =>
      make("input", { type: "radio", name: `${view}-${name}`, onchange: () => send(option) }));
    const labels = options.map((option, k) => make("label", {}, radios[k], String(option)));
    const node = make("fieldset", { className: "choice" }, make("legend", { textContent: label }), ...labels);
    const show = (value) => {
      const radio = radios[Math.max(0, options.indexOf(value))];
      radio.checked = true;
      if (radios.includes(document.activeElement)) radio.focus(); // arrows go on from what is chosen
    };
    return { node, show };
  },

  toggle({ label }, send) {
    const input = make("input", { type: "checkbox", onchange: () => send(input.checked) });
    const node = make("div", {}, make("label", {}, input, label));
    return { node, show: (value) => { input.checked = value; } };
  },

  button({ label }, send) {
    let presses = 0;
    const node = make("button", { type: "button", textContent: label, onclick: () => send(presses + 1) });
    return { node, show: (value) => { presses = value; } };
  },
};

function prediction({ question, options, low, high, step }, commit, refuse, view) {
  const inputs = options.length
    ? options.map((value) => make("input", { type: "radio", name: `${view}-prediction`, value, required: true }))
    : [make("input", { type: "number", min: low, max: high, step: step || "any", required: true })];
  const labels = options.length
    ? options.map((option, k) => make("label", {}, inputs[k], String(option)))
    : [make("label", {}, "Your number", inputs[0])];
  const answer = () => options.length ? options[inputs.findIndex((input) => input.checked)] : inputs[0].valueAsNumber;
  const fields = make("fieldset", { className: "prediction" },
    make("legend", { textContent: question }), ...labels, make("br"),
    make("button", { type: "submit", textContent: "Commit prediction" }),
    make("button", { type: "button", textContent: "Show me", onclick: () => commit({ answer: null }) }));
  const form = make("form", { noValidate: true }, fields); // what is missing is said in the status, not in a bubble
  form.onsubmit = (event) => {
    event.preventDefault();
    if (form.checkValidity()) commit({ answer: answer() });
    else refuse(options.length ? "Choose one first." : inputs[0].validationMessage);
  };
  form.onkeydown = (event) => { // a browser may not take Enter in a number for a submission
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    form.requestSubmit();
  };
  return { form, fields };
}

function render({ model, el }) {
  const { question, predict, controls: list } = model.get("page");
  const view = `explorer${++views}-${Date.now()}`;
  const change = (name, value) => { model.set(name, value); model.save_changes(); wait(); };

  const { form, fields } = prediction(predict, (answer) => {
    change("prediction", answer);
    desk.querySelector("input, select, button").focus();
    values();
  }, (reason) => { verdict.textContent = reason; }, view);
  const made = list.map((control) => [control.name, controls[control.kind](control,
    (value) => change("values", { ...model.get("values"), [control.name]: value }), view)]);
  const reset = make("button", { type: "button", textContent: "Reset", onclick: () => change("values", model.get("start")) });
  const desk = make("fieldset", { className: "controls" }, ...made.map(([, { node }]) => node), reset);
  desk.setAttribute("aria-label", "Controls");

  const verdict = make("p", { className: "verdict", role: "status" });
  const sentence = make("p", { className: "sentence", role: "status" });
  const image = make("img");

  const unlock = () => { desk.disabled = !(fields.disabled = "answer" in model.get("prediction")); };
  const values = () => made.forEach(([name, { show }]) => show(model.get("values")[name]));
  const result = () => {
    const { picture, alt, sentence: words } = model.get("result");
    Object.assign(image, { src: picture, alt });
    sentence.textContent = words;
    wait();
  };
  const judged = () => { verdict.textContent = model.get("verdict"); };

  let timer;
  const late = () => JSON.stringify(model.get("result").values) !== JSON.stringify(model.get("values"))
    || ("answer" in model.get("prediction") && !model.get("verdict"));
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (late()) sentence.textContent = SILENT; }, LATE);
  };
  const gone = () => {
    clearTimeout(timer);
    desk.disabled = fields.disabled = true;
    sentence.textContent = GONE;
  };

  for (const update of [unlock, values, result, judged]) update();
  model.on("change:prediction", unlock);
  model.on("change:values", values);
  model.on("change:result", result);
  model.on("change:verdict", judged);
  model.on("comm_live_update", gone); // a live comm can only die
  model.on("comm:close", gone);

  el.append(make("section", { className: "explorer", ariaLabel: question },
    make("p", { className: "question", textContent: question }), form, verdict, desk, sentence, image));
}

export default { render };
