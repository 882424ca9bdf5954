/** Palette: Ctrl+K on every page; what it lists is loaded when it is first opened. */
import { lazy, Suspense, useEffect } from "react";
import { boundTo } from "../actions/bindings";
import { keyOf } from "../actions/keys";
import { openPalette, usePalette } from "../actions/offers";

const Commands = lazy(() => import("./commands"));

export function Palette() {
  const isOpen = usePalette((palette) => palette.isOpen);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented) return;
      if (!boundTo("palette", ["mod+k"]).includes(keyOf(event))) return;
      event.preventDefault();
      openPalette();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  if (!isOpen) return null;
  return (
    <Suspense fallback={null}>
      <Commands />
    </Suspense>
  );
}
