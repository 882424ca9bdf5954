/** Bindings: the keys a person chose instead of the usual ones, kept in this browser. */
import { create } from "zustand";

const KEPT = "danlu.keys";

type Bound = Record<string, string[]>;

function kept(): Bound {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as unknown;
    return typeof found === "object" && found !== null ? (found as Bound) : {};
  } catch {
    return {};
  }
}

const useBound = create<{ bound: Bound }>(() => ({ bound: kept() }));

function keep(bound: Bound): void {
  useBound.setState({ bound });
  try {
    localStorage.setItem(KEPT, JSON.stringify(bound));
  } catch {
    // Without storage they hold for as long as the page is open.
  }
}

/** The keys of an action: those chosen, else the usual ones. */
export const boundTo = (id: string, usual: readonly string[]): readonly string[] =>
  useBound.getState().bound[id] ?? usual;

/** The same for parts of the page, which are drawn again when keys change. */
export function useBindings(): (id: string, usual: readonly string[]) => readonly string[] {
  const bound = useBound((state) => state.bound);
  return (id, usual) => bound[id] ?? usual;
}

export const isRebound = (id: string): boolean => id in useBound.getState().bound;

export const bind = (id: string, keys: string[]): void =>
  keep({ ...useBound.getState().bound, [id]: keys });

/** Back to the usual keys: of one action, or of all. */
export function unbind(id?: string): void {
  const { [id ?? ""]: _, ...rest } = useBound.getState().bound;
  keep(id === undefined ? {} : rest);
}

/** Keys that the browser or the page itself needs. */
const RESERVED = new Set(["esc", "tab", "shift+tab", "mod+w", "mod+t", "mod+n", "mod+r", "mod+l"]);

export const isReserved = (key: string): boolean => RESERVED.has(key);
