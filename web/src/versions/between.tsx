/** Between: any two networks the server knows, or this drawing: one picture, the fields, what it costs more. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import type { components } from "../api/schema";
import { compare } from "../document/compare";
import { pictureOf } from "../document/open";
import type { NetworkDocument, Space } from "../document/types";
import { useFormat } from "../locales/format";
import { Loading, TroubleOf } from "../shell/trouble";
import { Changes } from "./changes";
import { Drawn } from "./drawn";
import "./versions.css";

export type Side = components["schemas"]["Side"];

interface Totals {
  parameters: number;
  macs: number;
  activation_bytes: number;
}
interface Told {
  sides: [Seen, Seen];
  totals: [Totals | null, Totals | null];
}
interface Seen {
  document: NetworkDocument;
  space: Space;
}

function Costs({ totals }: { totals: Told["totals"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [old, now] = totals;
  if (!old || !now) return <p className="dim small">{t("versions.noCosts")}</p>;
  const rows = [
    ["network.parameters", old.parameters, now.parameters],
    ["network.macs", old.macs, now.macs],
  ] as const;
  return (
    <dl className="costs">
      {rows.map(([key, from, to]) => (
        <div key={key}>
          <dt>{t(key)}</dt>
          <dd>
            {format.short(from)} → <b>{format.short(to)}</b>{" "}
            <span className={to > from ? "more" : to < from ? "less" : "dim"}>
              {to === from ? "±0" : `${to > from ? "+" : "−"}${format.short(Math.abs(to - from))}`}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface BetweenProps {
  before: Side;
  after: Side;
  data: string | null;
  target: string | null;
}

export function Between({ before, after, data, target }: BetweenProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const asked = { before, after, data, target: data ? target : null };
  const query = useQuery({
    queryKey: ["diff", asked],
    queryFn: () => one<Told>(http.POST("/api/v1/networks/diff", { body: asked })),
    retry: false,
    gcTime: 10_000,
  });
  const sides = query.data?.sides;
  const told = useMemo(() => {
    if (!sides) return null;
    const [from, to] = sides.map(({ document, space }) => pictureOf(document, space));
    return from && to ? { from, to, found: compare(from, to) } : null;
  }, [sides]);
  if (query.error) return <TroubleOf error={query.error} />;
  if (!query.data || !told) return <Loading />;
  return (
    <div className="between" data-state="told-apart">
      <Drawn
        from={told.from.network}
        to={told.to.network}
        found={told.found}
        chosen={chosen}
        onChoose={setChosen}
      />
      <div className="between-list">
        <Costs totals={query.data.totals} />
        <Changes found={told.found} chosen={chosen} onNode={(change) => setChosen(change.name)} />
      </div>
    </div>
  );
}
