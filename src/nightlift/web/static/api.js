// What the page asks of the server: always this one, never another.

const TRIES = 30;

async function problem(response) {
  const said = await response.json().catch(() => ({}));
  return new Error(said.error ?? `The server answered ${response.status}.`);
}

/** POST a file; a busy server (429) is asked again when it says so. */
async function post(path, parameters, file, signal) {
  const address = `${path}?${new URLSearchParams(parameters)}`;
  for (let tried = 1; ; tried++) {
    const response = await fetch(address, { method: "POST", body: file, signal });
    if (response.ok) return response;
    if (response.status !== 429 || tried === TRIES) throw await problem(response);
    const seconds = Number(response.headers.get("Retry-After") ?? 1);
    await new Promise((done) => setTimeout(done, 1000 * seconds));
    signal?.throwIfAborted();
  }
}

/** The methods, and the server's limits. */
export async function methods() {
  const response = await fetch("v1/methods");
  if (!response.ok) throw await problem(response);
  return response.json();
}

async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

function bitmapOf(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
}

/** The photo's own line, then one a method, each with `bitmap` or `error`, as they come. */
export async function* previews(file, names, size, denoise, signal) {
  const parameters = { methods: names.join(","), size, denoise };
  for await (const line of linesOf(await post("v1/previews", parameters, file, signal))) {
    if (line.jpeg) line.bitmap = await bitmapOf(line.jpeg);
    delete line.jpeg;
    yield line;
  }
}

/** The photo at full resolution, as a Blob. */
export async function enhanced(file, parameters) {
  return (await post("v1/enhance", parameters, file)).blob();
}
