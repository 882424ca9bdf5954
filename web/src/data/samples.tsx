/** Samples: real data that comes with Danlu, one click away. */
import { Table2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { freeName } from "../train/space";
import { useSamples } from "./asks";
import { enqueueSample } from "./queue";

export function Samples({ taken }: { taken: string[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const samples = useSamples().data ?? [];
  return (
    <ul className="samples" aria-label={t("sample.title")}>
      {samples.map((sample) => (
        <li key={sample.name}>
          <button
            type="button"
            onClick={() => enqueueSample(sample.name, freeName(sample.name, taken))}
          >
            <Table2 size={18} strokeWidth={1.6} aria-hidden />
            <strong>{t(`sample.name.${sample.name}` as "sample.name.wine")}</strong>
            <span className="small">{t(`sample.about.${sample.name}` as "sample.about.wine")}</span>
            <span className="small dim num">
              {t("sample.size", {
                rows: format.count(sample.rows),
                columns: format.count(sample.columns),
              })}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
