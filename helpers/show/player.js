// Plays the kernel of an Explorer from frames drawn ahead (frames.py): a model for explorer.js's `render`.
// A state that is missing is never shown as another one: the control that moved stays where it was put, the others
// go to the nearest state that has it there, and the sentence says so.

const word = (value) => typeof value === "number" ? shown(value) : typeof value === "boolean" ? (value ? "on" : "off") : value;

// The number of a value's stop, and the value of a stop.
const stopOf = ({ kind, low, step, options }, value) =>
  kind === "slider" ? Math.round((value - low) / step) : kind === "choice" ? options.indexOf(value) : Number(value);
const valueAt = ({ kind, low, step, options }, k) =>
  kind === "slider" ? Number((low + k * step).toPrecision(12)) : kind === "choice" ? options[k] : kind === "toggle" ? Boolean(k) : k;

// The number of the drawn state that is nearest to a wanted one; what is held moves last.
function nearest({ at, page }, wanted, held) {
  const spans = page.controls.map((control, n) => Math.max(1, ...at.map((state) => state[n])));
  const far = (state) => state.reduce((sum, k, n) => sum + (k === wanted[n] ? 0 : held.has(n) ? 1000
    : page.controls[n].kind === "slider" ? Math.abs(k - wanted[n]) / spans[n] + 0.01 : 1), 0);
  let [best, least] = [0, Infinity];
  at.forEach((state, k) => {
    const distance = far(state);
    if (distance < least) [best, least] = [k, distance];
  });
  return best;
}

// The fragments of a state: those of its frame, or the edits that its separate controls make of the frame without them.
function fragmentsOf(data, state) {
  const numbers = new Map(data.at.map((drawn, k) => [drawn.join(), data.frame[k]]));
  const frame = numbers.get(state.join());
  if (frame !== undefined) return data.frames[frame];
  const begin = data.page.controls.map((control) => stopOf(control, data.start[control.name]));
  const base = state.map((k, n) => data.separate.includes(n) ? begin[n] : k);
  const fragments = [...data.frames[numbers.get(base.join())]];
  data.separate.flatMap((n) => data.edits[numbers.get(base.with(n, state[n]).join())] || [])
    .sort(([a], [b]) => b - a).forEach(([from, to, parts]) => fragments.splice(from, to - from, ...parts));
  return fragments;
}

function sentenceOf(data, state, k) {
  if (!data.separate) return data.sentences[data.words[k]];
  const sizes = data.page.controls.map((control) => (control.options || [0, 1]).length); // toggles and choices
  return data.sentences[data.said[state.reduce((sum, stop, n) => sum * sizes[n] + stop, 0)]];
}

function judged({ none, options, right, wrong, answer, within }, asked, predicted) {
  if (predicted === null) return none;
  if (asked.options.length) return options[asked.options.indexOf(predicted)];
  return (Math.abs(predicted - answer) <= within ? right : wrong).replace("{}", predicted);
}

function player(data) {
  const { page, start, predict, alt } = data;
  const state = { page, start, values: start, prediction: {}, verdict: "", result: {} };
  const handlers = {}, sent = {}, urls = new Map();
  const put = (name, value) => { state[name] = value; (handlers[`change:${name}`] || []).forEach((handle) => handle()); };

  const picture = (stops) => {
    const key = stops.join();
    if (!urls.has(key)) {
      const svg = fragmentsOf(data, stops).map((k) => data.fragments[k]).join("");
      urls.set(key, URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" })));
    }
    return urls.get(key);
  };

  const look = (values, before) => {
    const wanted = page.controls.map((control) => stopOf(control, values[control.name]));
    const held = new Set(page.controls.flatMap(({ name }, n) => values[name] !== before[name] ? [n] : []));
    const k = data.separate ? null : nearest(data, wanted, held);
    const stops = k === null ? wanted : data.at[k];
    const there = Object.fromEntries(page.controls.map((control, n) => [control.name, valueAt(control, stops[n])]));
    const moved = page.controls.filter((control, n) => stops[n] !== wanted[n])
      .map(({ name, label }) => `${label} ${word(there[name])}`);
    const note = moved.length ? ` (This page does not hold every combination: now ${moved.join(", ")}.)` : "";
    const sentence = sentenceOf(data, stops, k);
    put("values", there);
    put("result", { values: there, picture: picture(stops), alt: `${alt}. ${sentence}`, sentence: sentence + note });
  };

  const answer = {
    values: ({ before, to }) => look(to, before),
    prediction({ to }) {
      put("prediction", to);
      put("verdict", judged(predict, page.predict, to.answer));
      look({ ...state.values, ...predict.show }, state.values);
    },
  };
  look(start, start);
  return {
    get: (name) => state[name],
    on: (event, handle) => { (handlers[event] ||= []).push(handle); },
    set: (name, to) => { sent[name] = { before: state[name], to }; state[name] = to; },
    save_changes() {
      for (const [name, change] of Object.entries(sent)) {
        delete sent[name];
        answer[name](change);
      }
    },
  };
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// The frames of an explorer arrive as a script that calls explorerFrames(name, text): a page that is opened from a
// file cannot fetch. Until then, and where no script runs, its host holds the first picture.
window.explorerFrames = async (name, text) => {
  const model = player(await unpacked(text));
  for (const host of document.querySelectorAll(`[data-frames="${name}"]`)) {
    host.replaceChildren();
    render({ model, el: host });
    host.dataset.alive = "";
  }
};

const near = new IntersectionObserver((seen) => seen.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => {
  near.unobserve(target);
  document.head.append(make("script", { src: `${target.dataset.frames}.js` }));
}), { rootMargin: "1000px" });
document.querySelectorAll("[data-frames]").forEach((host) => near.observe(host));
