/** Keys: a pressed key as one word, the same on every platform: `mod+shift+z`, `/`, `alt+r`. */

interface Pressed {
  key: string;
  code?: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

const NAMES: Record<string, string> = {
  " ": "space",
  Escape: "esc",
  Delete: "del",
  Backspace: "del",
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

export function keyOf(event: Pressed): string {
  // With Alt, macOS gives other characters; with Shift, signs already tell of it.
  const letter =
    event.altKey && /^Key[A-Z]$/.test(event.code ?? "") ? (event.code ?? "").slice(3) : event.key;
  const name = NAMES[letter] ?? letter.toLowerCase();
  const isSign = name.length === 1 && !/[a-z0-9]/.test(name);
  return [
    event.ctrlKey || event.metaKey ? "mod+" : "",
    event.altKey ? "alt+" : "",
    event.shiftKey && !isSign ? "shift+" : "",
    name,
  ].join("");
}

const isMac = () => typeof navigator !== "undefined" && /mac/i.test(navigator.platform);

const SHOWN: Record<string, string> = {
  del: "Del",
  esc: "Esc",
  enter: "Enter",
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  space: "Space",
};

/** A key as it stands on the keyboard: `Ctrl+Shift+Z`, `⌘⇧Z`. */
export function shownKey(keys: string): string {
  const mac = isMac();
  const parts = keys === "+" ? ["+"] : keys.split("+");
  const words = parts.map((part) => {
    if (part === "mod") return mac ? "⌘" : "Ctrl";
    if (part === "shift") return mac ? "⇧" : "Shift";
    if (part === "alt") return mac ? "⌥" : "Alt";
    return (
      SHOWN[part] ??
      (part.length === 1 ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1))
    );
  });
  return words.join(mac ? "" : "+");
}

/** Keys that are letters or signs alone: they act only while the canvas has the focus. */
export const isSingle = (keys: string): boolean =>
  !/^(mod|alt)\+/.test(keys) && keys.replace("shift+", "").length === 1;
