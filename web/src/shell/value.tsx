/** Value: any JSON value as a person reads it: a picture as a picture, all else as text. */
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";

/** Pixels a side up to which they are shown as squares, as a network sees them. */
const COARSE = 32;

export const isPicture = (value: unknown): value is string =>
  typeof value === "string" && value.startsWith("data:image/");

export function Picture({ src, alt, className }: { src: string; alt: string; className: string }) {
  return (
    <img
      className={className}
      src={src}
      alt={alt}
      onLoad={({ currentTarget: shown }) =>
        shown.classList.toggle("coarse", shown.naturalWidth <= COARSE)
      }
    />
  );
}

export function Value({ value }: { value: unknown }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!isPicture(value)) return <>{format.value(value)}</>;
  return <Picture className="thumb" src={value} alt={t("kind.image")} />;
}
