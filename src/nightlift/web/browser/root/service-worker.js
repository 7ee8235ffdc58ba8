// Keeps the files of this build, so that a second visit needs no network. What stands in capitals in
// the next lines is filled in when the folder is built.

const BUILD = VERSION;
const KEPT = FILES;
const SECURITY = HEADERS;
const CACHE = `nightlift ${BUILD}`;

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    // What the page has just fetched is asked for once more, and found unchanged.
    await cache.addAll(KEPT.map((name) => new Request(name, { cache: "no-cache" })));
    await skipWaiting();
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("nightlift ") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method !== "GET" || !url.startsWith(registration.scope)) return;
  event.respondWith(answer(event.request));
});

/** What is kept, or what the host gives, which is kept from then on. */
async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return guarded(kept);
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return guarded(response);
}

/** The same with headers that a plain host does not send. */
function guarded(response) {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(SECURITY)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
