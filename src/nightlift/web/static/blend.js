// Strength, in the browser: out = clip(x + s · (f(x) − x)) on 8-bit pixels, as the server does it.

/** The pixels of a bitmap, as ImageData. */
export function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** Fill `out` with `before` and `after` (ImageData of one size) blended at `strength`, 0 to 1.5. */
export function blend(out, before, after, strength) {
  const [to, x, f] = [out.data, before.data, after.data];
  const s = Math.round(strength * 1024);
  // Whole numbers are twice as fast as floats; the array clamps what it is given.
  for (let i = 0; i < to.length; i++) to[i] = (x[i] * 1024 + s * (f[i] - x[i]) + 512) >> 10;
}

/** Draw the blend on a canvas, which takes the pixels' size; its image is kept for the next time. */
export function draw(canvas, before, after, strength) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (canvas.width !== before.width || canvas.height !== before.height || !canvas.image) {
    [canvas.width, canvas.height] = [before.width, before.height];
    canvas.image = context.createImageData(before.width, before.height);
  }
  blend(canvas.image, before, after, strength);
  context.putImageData(canvas.image, 0, 0);
}
