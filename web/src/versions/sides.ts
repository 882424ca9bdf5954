/** Sides: which two networks are compared, as the address of the page says it: `3..now`, `demo:1..demo:4`. */
import type { Picture } from "../document/types";
import type { Side } from "./between";

export const NOW = "now";

/** `now`, a version, an experiment or one of its trials. */
export function sideOf(token: string, name: string, picture: Picture): Side {
  const none = { space: {}, document: null, network: null, version: null };
  const bare = { ...none, experiment: null, trial: null };
  if (token === NOW)
    return { ...bare, document: { ...picture.network, name }, space: picture.space };
  if (/^\d+$/.test(token)) return { ...bare, network: name, version: Number(token) };
  const [experiment = "", trial] = token.split(":");
  return { ...bare, experiment, trial: trial ? Number(trial) : null };
}

export const pairText = (from: string, to: string): string => `${from}..${to}`;

export function pairOf(text: string | null): [string, string] | null {
  const [from, to] = (text ?? "").split("..");
  return from && to ? [from, to] : null;
}
