/** Peek: what one row of the data is on a wire, in the network as it starts; asked for by looking. */
import { ActionIcon } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import { useDataset } from "../api/queries";
import type { Peeked, PeekedMap } from "../api/records";
import { Histogram } from "../charts/small";
import { useDesk } from "../desk/desk";
import { prefixOf } from "../desk/paths";
import { useFormat } from "../locales/format";
import { Facts } from "../shell/page";
import { TroubleOf } from "../shell/trouble";
import { coloured } from "./colours";

/** The answer about one node; another edit, or another wire, ends the question before. */
function usePeeked(node: string, row: number) {
  const network = useDesk((desk) => desk.picture.network);
  const path = useDesk((desk) => prefixOf(desk) + node);
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  return useQuery({
    queryKey: ["peek", path, row, data, target, network],
    queryFn: ({ signal }) =>
      one<Peeked>(
        http.POST("/api/v1/networks/peek", {
          body: {
            network: { ...network },
            node: path,
            data: data ?? "",
            target: target ?? "",
            row,
          },
          signal,
        }),
      ),
    enabled: Boolean(data && target),
    placeholderData: (before, query) => (query?.queryKey[1] === path ? before : undefined),
    gcTime: 10_000,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** A picture of its pixels, each number one square. */
function Picture({ map, pixels, label }: { map: PeekedMap; pixels: Pixels; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    pen?.putImageData(new ImageData(pixels, map.width, map.height), 0, 0);
  }, [map, pixels]);
  return (
    <canvas
      ref={canvas}
      className="peek-map"
      width={map.width}
      height={map.height}
      role="img"
      aria-label={label}
      title={label}
    />
  );
}

type Pixels = Uint8ClampedArray<ArrayBuffer>;

const grey = ({ shades }: PeekedMap): Pixels =>
  new Uint8ClampedArray(shades.flatMap((shade) => [shade, shade, shade, 255]));

/** Channels as pictures; the three of an image also as it looks. */
function Maps({ maps }: { maps: readonly PeekedMap[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [first] = maps;
  const colour = useMemo(() => coloured(maps), [maps]);
  const greys = useMemo(() => maps.map(grey), [maps]);
  return (
    <div className="peek-maps">
      {first && colour && (
        <Picture map={first} pixels={colour} label={t("designer.peek.coloured")} />
      )}
      {maps.map((map, i) => (
        <Picture
          key={i}
          map={map}
          pixels={greys[i] as Pixels}
          label={t("designer.peek.map", {
            number: i + 1,
            low: format.value(map.low),
            high: format.value(map.high),
          })}
        />
      ))}
    </div>
  );
}

function Values({ found }: { found: Peeked }) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(...found.values.map((value) => Math.abs(value ?? 0)), 1e-9);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ol className="peek-values" tabIndex={0} aria-label={t("designer.peek.values")}>
      {found.values.map((value, i) => (
        <li key={i} className={value === null ? "bad" : ""}>
          <bdi className="dim">{found.names[i] ?? i}</bdi>
          <i
            className={value !== null && value < 0 ? "below" : ""}
            style={{ width: `${(Math.abs(value ?? 0) / most) * 40}%` }}
          />
          <b>{value === null ? t("designer.peek.nan") : format.value(value)}</b>
        </li>
      ))}
    </ol>
  );
}

function Found({ found }: { found: Peeked }) {
  const { t } = useTranslation();
  const format = useFormat();
  const span = `${format.value(found.low)} … ${format.value(found.high)}`;
  const spread = `${format.value(found.mean)} ± ${format.value(found.deviation)}`;
  const broken = found.nans + found.infinite;
  return (
    <>
      {found.maps.length > 0 && <Maps maps={found.maps} />}
      {found.histogram && (
        <Histogram
          counts={found.histogram.counts}
          label={t("designer.peek.histogram", { span, count: found.rows })}
        />
      )}
      <Facts
        items={[
          [t("designer.peek.span"), span],
          [t("designer.peek.spread"), spread],
          [t("designer.peek.zeros"), format.percent(found.zeros / Math.max(found.total, 1))],
          [
            t("designer.peek.nans"),
            <span key="nans" className={broken ? "bad-text" : ""}>
              {format.count(broken)}
            </span>,
          ],
        ]}
      />
      <Values found={found} />
      {found.count > found.values.length && (
        <p className="dim small">
          {t("designer.peek.more", { count: found.count - found.values.length })}
        </p>
      )}
    </>
  );
}

export function Peek({ node }: { node: string }) {
  const { t } = useTranslation();
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  const rows = useDataset(data ?? undefined).data?.version?.rows ?? 1;
  const [row, setRow] = useState(0);
  const peeked = usePeeked(node, row);
  if (!data || !target) return <p className="dim small">{t("designer.peek.needsData")}</p>;
  const step = (by: number) => setRow((now) => Math.min(Math.max(now + by, 0), rows - 1));
  return (
    <section
      className={`peek ${peeked.isPlaceholderData ? "old" : ""}`}
      aria-label={t("designer.peek.title")}
      data-state={peeked.isFetching ? "peeking" : peeked.data ? "peeked" : "none"}
    >
      <div className="row apart">
        <h3>{t("designer.peek.title")}</h3>
        <span className="row tight">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={row === 0}
            aria-label={t("designer.peek.before")}
            onClick={() => step(-1)}
          >
            <ChevronLeft size={15} />
          </ActionIcon>
          <span className="small num">{t("designer.peek.row", { number: row + 1 })}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={row >= rows - 1}
            aria-label={t("designer.peek.next")}
            onClick={() => step(1)}
          >
            <ChevronRight size={15} />
          </ActionIcon>
        </span>
      </div>
      <TroubleOf error={peeked.error} />
      {peeked.data ? (
        <Found found={peeked.data} />
      ) : (
        peeked.isFetching && <p className="dim small">{t("designer.peek.asking")}</p>
      )}
      <p className="dim small">{t("designer.peek.untrained", { count: peeked.data?.rows ?? 1 })}</p>
    </section>
  );
}
