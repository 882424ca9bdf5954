/** Shade: colour by rank: the best stand out, the rest recede; what is filtered out is a faint ground. */
import { mix, type Tones } from "../charts/tones";
import { type Run, ranked } from "./runs";

const SHADES = 4;

export interface Shade {
  colour: string;
  width: number;
  runs: Run[];
}

/** Groups of the same colour, drawn in this order: the best last, on top. */
export function shadesOf(shown: Run[], tones: Tones, maximise: boolean): Shade[] {
  const order = ranked(shown, maximise);
  const groups: Run[][] = Array.from({ length: SHADES }, () => []);
  order.forEach((run, rank) => {
    const at = run.metric === null ? SHADES - 1 : Math.floor((rank / order.length) * SHADES);
    groups[at]?.push(run);
  });
  const shades = groups.map((runs, at) => ({
    colour: mix(tones.calm, tones.faint, at / (SHADES - 1)),
    width: 1.3,
    runs,
  }));
  const best = order.slice(0, 1).filter((run) => run.metric !== null);
  return [...shades.reverse(), { colour: tones.accent, width: 2.6, runs: best }];
}
