/** Colours: three maps of one picture as one in colour, on the scale they share. */
import type { PeekedMap } from "../api/records";

/** Red, green and blue of every pixel; null where the maps are no picture in colour. */
export function coloured(maps: readonly PeekedMap[]): Uint8ClampedArray<ArrayBuffer> | null {
  const [first] = maps;
  if (!first || maps.length !== 3) return null;
  const lows = maps.map((map) => map.low ?? Number.NaN);
  const spans = maps.map((map, i) => (map.high ?? Number.NaN) - (lows[i] as number));
  const low = Math.min(...lows);
  const span = Math.max(...maps.map((map) => map.high ?? Number.NaN)) - low;
  const isWhole = maps.every((map) => map.shades.length === first.shades.length);
  if (!isWhole || !Number.isFinite(span)) return null;
  const pixels = new Uint8ClampedArray(first.shades.length * 4);
  for (let i = 0; i < first.shades.length; i++) {
    for (const [part, map] of maps.entries()) {
      const value = (lows[part] as number) + ((map.shades[i] ?? 0) / 255) * (spans[part] as number);
      pixels[i * 4 + part] = Math.round(((value - low) / (span || 1)) * 255);
    }
    pixels[i * 4 + 3] = 255;
  }
  return pixels;
}
