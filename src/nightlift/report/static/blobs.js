// Pictures that stand at the end of the page's own file.

/** The picture of a blob, decoded; it may still be on its way. @param {string} id */
export async function decoded(id) {
  let blob = document.getElementById(id);
  while (!blob && document.readyState === "loading") {
    await new Promise((go) => setTimeout(go, 10));
    blob = document.getElementById(id);
  }
  if (!blob) throw new Error(`there is no picture ${id} in this file`);
  const image = new Image();
  image.src = `data:${blob.dataset.type};base64,${blob.textContent}`;
  image.draggable = false;
  await image.decode();
  return image;
}
