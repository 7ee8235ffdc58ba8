// How files come in: chosen, pasted, dropped, whole folders too.

/** @typedef {{file: File, name: string}} Named */

/** @param {(files: Named[]) => void} add */
export function listenToFiles(add) {
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(".files"))) {
    input.addEventListener("change", () => {
      add(named(input.files));
      input.value = "";
    });
  }
  addEventListener("paste", (event) => add(named(event.clipboardData?.files)));
  const over = /** @type {HTMLElement} */ (document.getElementById("over"));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    over.hidden = !event.dataTransfer?.types.includes("Files");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over.hidden = true;
  });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    over.hidden = true;
    if (event.dataTransfer) add(await dropped(event.dataTransfer));
  });
}

/** @param {FileList | null | undefined} files @returns {Named[]} */
const named = (files) => [...(files ?? [])].map((file) => ({ file, name: file.name }));

/**
 * The files of a drop, those of folders included, in the order of their names.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<Named[]>}
 */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return named(transfer.files);
  const found = await Promise.all(entries.map((entry) => (entry ? below(entry) : [])));
  return found.flat();
}

/** Files that lie in folders beside photos and are none. */
const HIDDEN = /^\.|^(thumbs\.db|desktop\.ini)$/i;

/**
 * The files of an entry of the file system.
 *
 * @param {FileSystemEntry} entry
 * @returns {Promise<Named[]>}
 */
async function below(entry) {
  if (HIDDEN.test(entry.name)) return [];
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry);
    /** @type {File} */
    const file = await new Promise((done, failed) => one.file(done, failed));
    return [{ file, name: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const inside = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    inside.push(...some);
  }
  inside.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  return (await Promise.all(inside.map(below))).flat();
}
