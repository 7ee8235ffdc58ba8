// Asks the browser to keep this edition, so that it starts without a network.

if ("serviceWorker" in navigator)
  addEventListener("load", () => {
    navigator.serviceWorker.register(new URL("./service-worker.js", import.meta.url)).catch(() => {
      // A private window, or a host without HTTPS: it works all the same, online.
    });
  });
