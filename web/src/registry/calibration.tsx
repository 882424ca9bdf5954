/** Calibration: how sure the answers were beside how often they came true; for values, answer beside truth. */
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { Card } from "../shell/page";
import type { Mistakes, Reliability, Residuals } from "./mistakes";
import { Plot } from "./plot";
import { spanOf } from "./span";

const LARGEST_DOT = 9;

function Sure({ found, classes }: { found: Reliability; classes: string[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(...found.bins.map((bin) => bin.rows), 1);
  const of =
    found.of === "second" ? t("mistakes.sureOf", { name: classes[1] }) : t("mistakes.sureAnswer");
  return (
    <>
      <Plot
        label={t("mistakes.calibration")}
        across={of}
        up={t("mistakes.cameTrue")}
        span={{ low: 0, high: 1 }}
        tick={(value) => format.percent(value, 0)}
        items={found.bins}
        columns={[
          { key: "said", head: of, right: true, cell: (bin) => format.percent(bin.said) },
          {
            key: "true",
            head: t("mistakes.cameTrue"),
            right: true,
            cell: (bin) => format.percent(bin.true),
          },
          { key: "rows", head: t("col.rows"), right: true, cell: (bin) => format.count(bin.rows) },
        ]}
        marks={(at) => (
          <g>
            <polyline
              points={found.bins.map((bin) => at(bin.said, bin.true).join(",")).join(" ")}
            />
            {found.bins.map((bin) => {
              const [cx, cy] = at(bin.said, bin.true);
              const r = 3 + (LARGEST_DOT - 3) * Math.sqrt(bin.rows / most);
              return <circle key={bin.low} cx={cx} cy={cy} r={r} />;
            })}
          </g>
        )}
      />
      <p className="dim small">{t("mistakes.off", { error: format.percent(found.error) })}</p>
    </>
  );
}

function Values({ found }: { found: Residuals }) {
  const { t } = useTranslation();
  const format = useFormat();
  const span = spanOf(found.points.flat());
  return (
    <>
      <Plot
        label={t("mistakes.residuals")}
        across={t("mistakes.said")}
        up={t("mistakes.truth")}
        span={span}
        tick={(value) => format.short(value)}
        items={found.bands}
        columns={[
          {
            key: "said",
            head: t("mistakes.said"),
            right: true,
            cell: (band) => format.value(band.said),
          },
          {
            key: "true",
            head: t("mistakes.truth"),
            right: true,
            cell: (band) => format.value(band.true),
          },
          {
            key: "off",
            head: t("mistakes.meanOff"),
            right: true,
            cell: (band) => format.value(band.off),
          },
          {
            key: "rows",
            head: t("col.rows"),
            right: true,
            cell: (band) => format.count(band.rows),
          },
        ]}
        marks={(at) => (
          <g className="cloud">
            {found.points.map(([said, truth], index) => {
              const [cx, cy] = at(said, truth);
              return <circle key={index} cx={cx} cy={cy} r={2.6} />;
            })}
          </g>
        )}
      />
      <p className="dim small">
        {t("mistakes.spread", {
          low: format.value(found.p5),
          high: format.value(found.p95),
          bias: format.value(found.bias),
        })}
      </p>
    </>
  );
}

export function Calibration({ found, className = "" }: { found: Mistakes; className?: string }) {
  const { t } = useTranslation();
  const title = found.residuals ? t("mistakes.residuals") : t("mistakes.calibration");
  return (
    <Card title={title} className={className}>
      <div className="stack tight">
        {found.residuals && <Values found={found.residuals} />}
        {found.reliability && <Sure found={found.reliability} classes={found.classes ?? []} />}
      </div>
    </Card>
  );
}
