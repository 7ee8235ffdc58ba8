// Pictures that stand at the end of the page's own file.

/** The picture of a blob, decoded; it may still be on its way. */
export async function decoded(id) {
  let blob = document.getElementById(id);
  while (!blob && document.readyState === "loading") {
    await new Promise((go) => setTimeout(go, 10));
    blob = document.getElementById(id);
  }
  const image = new Image();
  image.src = `data:${blob.dataset.type};base64,${blob.textContent}`;
  image.draggable = false;
  await image.decode();
  return image;
}
