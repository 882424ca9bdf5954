/** Curves: the card of the live board alone, with more points than any server sends; drawn on demand. */
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import type { CurvePoint, Trial } from "../../../src/api/records";
import "../../../src/locales/i18n";
import LiveCurves from "../../../src/train/live";
import "../../../src/theme/mantine";
import "../../../src/theme/studio.css";

/** A curve that falls, wavers, and has one spike that must stay. */
function curveOf(number: number, points: number): CurvePoint[] {
  const spike = Math.floor(points * (0.2 + 0.03 * number));
  return Array.from({ length: points }, (_, at) => ({
    epoch: at + 1,
    loss: at === spike ? 2 : 1 / Math.sqrt(at + 2) + 0.05 * Math.abs(Math.sin(at * (number + 1))),
  }));
}

const trialOf = (number: number, points: number): Trial => ({
  project: "default",
  experiment: "figures",
  number,
  batch: 0,
  cohort: "0.1",
  values: {},
  state: "running",
  cause: "",
  reason: {},
  advice: {},
  retries: [],
  metrics: {},
  epochs: points,
  seconds: 0,
  tail: "",
  files: {},
  curve: curveOf(number, points),
});

const frame = () => new Promise((done) => requestAnimationFrame(done));

/** Milliseconds from data in memory to lines on the screen. */
async function draw(count: number, points: number): Promise<number> {
  const trials = Array.from({ length: count }, (_, number) => trialOf(number, points));
  const place = document.getElementById("root") as HTMLElement;
  const root = createRoot(place);
  await frame();
  const begun = performance.now();
  root.render(
    <MantineProvider>
      <LiveCurves trials={trials} plan={{ metric: "loss", maximise: false }} />
    </MantineProvider>,
  );
  while (!place.querySelector(".uplot canvas")) await frame();
  await frame();
  const took = performance.now() - begun;
  root.unmount();
  return took;
}

Object.assign(window, { draw });
