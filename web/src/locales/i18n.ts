/** Languages: follows the browser until one is chosen; switching needs no reload. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import zh from "./zh.json";

export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

const KEPT = "danlu.language";

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

i18next.on("languageChanged", (language) => {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
});

i18next.use(initReactI18next).init({
  lng: first(),
  fallbackLng: "en",
  resources: { en: { translation: en }, zh: { translation: zh } },
  interpolation: { escapeValue: false },
});

export function choose(language: Language): void {
  localStorage.setItem(KEPT, language);
  i18next.changeLanguage(language);
}
