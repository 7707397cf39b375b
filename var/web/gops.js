// The packet table of a proxy, cut into closed groups of pictures: the unit of fetching and decoding.
// A packet is [display index or -1, byte position, size, 1 when it is an IDR picture], in decoding order.

export function cutIntoGops(packets, frameCount) {
  const gops = [];
  const gopOf = new Int32Array(frameCount).fill(-1);
  packets.forEach(([display, pos, size, idr], k) => {
    if (idr) gops.push({ first: k, end: k, from: pos, to: pos });
    const gop = gops.at(-1);
    if (!gop) return; // nothing can be decoded before the first IDR picture
    gop.end = k + 1;
    gop.from = Math.min(gop.from, pos);
    gop.to = Math.max(gop.to, pos + size);
    if (display >= 0 && display < frameCount) gopOf[display] = gops.length - 1;
  });
  return { gops, gopOf };
}
