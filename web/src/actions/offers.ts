/** Offers: what the command palette may run; the page that is open adds what only it can do. */
import { useEffect } from "react";
import { create } from "zustand";

export interface Offer {
  id: string;
  text: string;
  kind: string;
  keys?: readonly string[];
  run: () => void;
}

interface Palette {
  isOpen: boolean;
  /** What the open page offers; null = its own buttons and links are. */
  offers: (() => Offer[]) | null;
}

export const usePalette = create<Palette>(() => ({ isOpen: false, offers: null }));

export const openPalette = (): void => usePalette.setState({ isOpen: true });

/** Offer these for as long as the part that calls is on the page. */
export function useOffers(offers: () => Offer[]): void {
  useEffect(() => {
    usePalette.setState({ offers });
    return () => usePalette.setState((now) => (now.offers === offers ? { offers: null } : now));
  }, [offers]);
}
