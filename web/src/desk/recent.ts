/** Recent: ops this browser used last come first when one is searched. */
import type { OpEntry } from "../api/records";

const KEPT = "danlu.recent_ops";
const MOST = 8;

export function recentOps(): string[] {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]") as unknown;
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}

export function remember(kind: string): void {
  const next = [kind, ...recentOps().filter((one) => one !== kind)].slice(0, MOST);
  try {
    localStorage.setItem(KEPT, JSON.stringify(next));
  } catch {
    // Without storage nothing is remembered; searching works as well.
  }
}

/** The same entries with those used last in front. */
export function recentFirst(entries: OpEntry[]): OpEntry[] {
  const recent = recentOps();
  const rank = ({ kind }: OpEntry) => (recent.includes(kind) ? recent.indexOf(kind) : MOST);
  return [...entries].sort((a, b) => rank(a) - rank(b));
}
