/** Machine: processors, memory, disk and GPUs as bars; who takes them; and how that went over time. */
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { Card } from "./page";
import { Table } from "./table";
import { Loading } from "./trouble";
import { type Share, sharesOf, type Usage, useUsageOver } from "./usage";

const Curve = lazy(async () => ({ default: (await import("../charts/curve")).Curve }));
const GIB = 2 ** 30;
const LITTLE_DISK = 0.9;

/** Bytes as the unit that reads best. */
function useBytes(): (bytes: number) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (bytes) =>
    bytes >= GIB
      ? t("machine.gib", { value: format.value(Number((bytes / GIB).toPrecision(3))) })
      : t("machine.mib", { value: format.count(bytes / 2 ** 20) });
}

export function Shares({ usage, isBrief }: { usage: Usage; isBrief?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const bytes = useBytes();
  const said = ({ of, used, whole }: Share) =>
    used === null || whole === null
      ? ""
      : of === "cpu"
        ? t("machine.cores", { used: format.value(Math.round(used * 10) / 10), whole })
        : t("machine.of", { used: bytes(used), whole: bytes(whole) });
  const shown = sharesOf(usage).filter((one) => !isBrief || one.of !== "disk");
  return (
    <ul className="shares">
      {shown.map((one) => (
        <li key={one.key}>
          <span>{t(`machine.${one.of}`)}</span>
          <span className={`track ${one.share > LITTLE_DISK ? "" : "calm"}`} aria-hidden>
            <i style={{ width: `${one.share * 100}%` }} />
          </span>
          <span className="num">{format.percent(one.share, 0)}</span>
          {!isBrief && (
            <span className="dim num">
              {said(one)}
              {one.name ? ` ${one.name}` : ""}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Roles({ usage }: { usage: Usage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const bytes = useBytes();
  return (
    <Table
      label={t("machine.who")}
      items={[...(usage.roles ?? [])].sort((a, b) => b.memory_bytes - a.memory_bytes)}
      rowKey={(one) => one.role}
      columns={[
        {
          key: "role",
          head: t("machine.who"),
          cell: (one) => t(`machine.role.${one.role as "front"}`),
        },
        {
          key: "processes",
          head: t("machine.processes"),
          right: true,
          cell: (one) => format.count(one.processes),
        },
        {
          key: "cpu",
          head: t("machine.coresHead"),
          right: true,
          cell: (one) => format.value(Math.round(one.cpu * 100) / 100),
        },
        {
          key: "memory",
          head: t("machine.memory"),
          right: true,
          cell: (one) => bytes(one.memory_bytes),
        },
      ]}
    />
  );
}

function Over({ looks }: { looks: Usage[] }) {
  const { t } = useTranslation();
  const x = looks.map((one) => one.at);
  const percent = (read: (one: Usage) => number) =>
    looks.map((one) => Math.round(read(one) * 1e3) / 10);
  const series = [
    {
      key: "machine",
      tone: "dim" as const,
      dashed: true,
      label: t("machine.machineCpu"),
      values: percent((one) => one.machine_cpu / one.cores),
    },
    {
      key: "cpu",
      tone: "accent" as const,
      label: t("machine.cpu"),
      values: percent((one) => one.cpu / one.cores),
    },
    {
      key: "memory",
      tone: "calm" as const,
      label: t("machine.memory"),
      values: percent((one) => one.memory_bytes / Math.max(one.memory_total, 1)),
    },
    ...(looks.at(-1)?.gpus ?? []).map((gpu, at) => ({
      key: `gpu ${at}`,
      tone: "good" as const,
      label: `${t("machine.gpu")} ${gpu.name}`,
      values: percent((one) => one.gpus?.[at]?.busy ?? 0),
    })),
  ];
  return (
    <Curve
      label={t("machine.over")}
      x={x}
      xLabel={t("col.time")}
      series={series}
      time
      height={180}
    />
  );
}

interface MachineProps {
  /** Unix seconds; without them the last minutes, and on. */
  since?: number | null;
  until?: number | null;
  className?: string;
}

export default function Machine({ since = null, until = null, className = "" }: MachineProps) {
  const { t } = useTranslation();
  const looks = useUsageOver(since, until).data;
  const last = looks?.at(-1);
  if (!looks) return <Loading />;
  return (
    <Card title={t("machine.title")} className={className}>
      {last ? (
        <div className="stack" data-state="machine">
          {looks.length > 1 && (
            <Suspense fallback={<Loading />}>
              <Over looks={looks} />
            </Suspense>
          )}
          <div className="grid">
            <div className="w6">{until === null && <Shares usage={last} />}</div>
            <div className="w6">{until === null && <Roles usage={last} />}</div>
          </div>
        </div>
      ) : (
        <p className="dim">{t("machine.none")}</p>
      )}
    </Card>
  );
}
