/** Check: what deserves a second look before learning: split, balance, leaks, doubtful values, repeated rows. */
import { Select } from "@mantine/core";
import { ShieldCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { Version } from "../api/records";
import { useFormat } from "../locales/format";
import { Found, TroubleOf } from "../shell/trouble";
import { type Check, type Doubt, type Look, useCheck } from "./asks";
import { Labels } from "./plots";
import { type Split, splitIn, splitText } from "./split";
import { Splitter } from "./splitter";

const PARTS = ["train", "valid", "test"] as const;
const GOALS = ["number", "category", "boolean"];

export function CheckPanel({ name, version }: { name: string; version: Version }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const target = search.get("target");
  const goals = version.schema_.columns.filter((one) => GOALS.includes(one.kind));
  const split = splitIn(search.get("split"));
  const query = useCheck(name, version.version, target, split && splitText(split));
  const set = (key: string, value: string | null) => {
    const next = new URLSearchParams(search);
    if (value) next.set(key, value);
    else next.delete(key);
    setSearch(next, { replace: true });
  };
  return (
    <div className="stack panel">
      <Select
        label={t("start.target")}
        description={t("check.targetHint")}
        placeholder={t("check.noTarget")}
        data={goals.map((one) => one.name)}
        value={target}
        onChange={(value) => set("target", value)}
        searchable
        clearable
        limit={200}
        maw={360}
        clearButtonProps={{ "aria-label": t("do.clear") }}
      />
      {target && (
        <Splitter
          key={version.version}
          version={version}
          value={split}
          onTry={(wish) => set("split", wish && splitText(wish))}
        />
      )}
      <div
        className="stack"
        data-state={query.isFetching ? "checking" : "checked"}
        aria-busy={query.isFetching}
      >
        {query.data && <TroubleOf error={query.error} />}
        <Found query={query}>
          {(found) => (
            <>
              {target && found.target && (
                <Target look={found.target} name={name} target={target} split={split} />
              )}
              <Duplicates found={found} />
              <Doubts doubts={found.doubts} />
            </>
          )}
        </Found>
      </div>
    </div>
  );
}

interface TargetProps {
  look: Look;
  name: string;
  target: string;
  split: Split | null;
}

function Target({ look, name, target, split }: TargetProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const total = PARTS.reduce((sum, part) => sum + look.rows[part], 0) || 1;
  const day = (text: string | undefined) =>
    (text ?? "").replace("T", " ").replace(/ 00:00:00$/, "");
  return (
    <>
      <section className="stack tight" aria-label={t("check.split")}>
        <h2>{t("check.split")}</h2>
        <p className="dim small">
          {t(`check.by.${look.split.method}` as "check.by.time")}{" "}
          {look.split.key && t("splitter.together", { key: look.split.key })}{" "}
          {look.sample !== null && t("check.sample", { rows: format.count(look.sample) })}{" "}
          {look.unknown > 0 &&
            t("check.unknown", { count: look.unknown, rows: format.count(look.unknown) })}
        </p>
        <div className="split" role="img" aria-label={t("check.split")}>
          {PARTS.map((part) => (
            <div key={part} className={part} style={{ flexGrow: look.rows[part] / total }} />
          ))}
        </div>
        <ul className="split-key small">
          {PARTS.map((part) => (
            <li key={part} className={part}>
              <i aria-hidden />
              <span>
                {t(`split.${part}`)} {format.percent(look.rows[part] / total, 0)}{" "}
                <span className="dim num">{format.count(look.rows[part])}</span>
                {look.spans[part] && (
                  <span className="dim block num">
                    {day(look.spans[part]?.[0])} … {day(look.spans[part]?.[1])}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section className="stack tight" aria-label={t("check.balance")}>
        <h2>{t("check.balance")}</h2>
        <Balance look={look} />
      </section>
      <section className="stack tight" aria-label={t("check.leaks")}>
        <h2>{t("check.leaks")}</h2>
        {look.leaks.warnings.length === 0 ? (
          <Fine text={t("check.noLeaks")} />
        ) : (
          look.leaks.warnings.map((leak) => <Leak key={JSON.stringify(leak)} leak={leak} />)
        )}
        <Link
          className="link small"
          to={`/experiments?start=${name}&target=${encodeURIComponent(target)}${
            split ? `&split=${encodeURIComponent(splitText(split))}` : ""
          }`}
        >
          {t(split ? "splitter.train" : "data.train")}
        </Link>
      </section>
    </>
  );
}

/** Shares of each class, or of each range of a quantity, side by side for the three parts. */
function Balance({ look }: { look: Look }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { labels, edges, counts, of = 0 } = look.balance;
  const sums = Object.fromEntries(
    PARTS.map((part) => [part, counts[part].reduce((sum, count) => sum + count, 0) || 1]),
  );
  const names = labels
    ? [...labels, ...(of > labels.length ? [t("data.others")] : [])]
    : (edges ?? [])
        .slice(0, -1)
        .map((edge, i) => `${format.value(edge)} … ${format.value(edges?.[i + 1])}`);
  const share = (part: (typeof PARTS)[number], i: number) =>
    (counts[part][i] ?? 0) / (sums[part] ?? 1);
  const least = Math.min(...names.map((_, i) => share("train", i)));
  return (
    <>
      <div className="balance">
        {PARTS.map((part) => (
          <div key={part} className="stack tight">
            <span className="dim small">{t(`split.${part}`)}</span>
            <Labels
              label={t(`split.${part}`)}
              items={names.map((name, i) => ({ name, now: share(part, i) }))}
            />
          </div>
        ))}
      </div>
      {labels && names.length > 1 && least < 0.1 && (
        <p className="note small">
          <TriangleAlert size={16} aria-hidden />
          {t("check.skewed", { share: format.percent(least) })}
        </p>
      )}
    </>
  );
}

function Leak({ leak }: { leak: Look["leaks"]["warnings"][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const args = Object.fromEntries(
    Object.entries(leak.args).map(([key, value]) => [
      key,
      key === "share"
        ? format.percent(value as number)
        : key === "method" || key === "split"
          ? t(`check.word.${value}` as "check.word.time")
          : format.value(value),
    ]),
  );
  return (
    <p className="note">
      <TriangleAlert size={16} aria-hidden />
      {t(`leak.${leak.code}` as "leak.leak_column", args)}
    </p>
  );
}

function Fine({ text }: { text: string }) {
  return (
    <p className="row tight dim">
      <ShieldCheck size={16} aria-hidden />
      {text}
    </p>
  );
}

function Duplicates({ found }: { found: Check }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { rows, examples } = found.duplicates;
  return (
    <section className="stack tight" aria-label={t("check.duplicates")}>
      <h2>{t("check.duplicates")}</h2>
      {rows === 0 ? (
        <Fine text={t("check.noDuplicates")} />
      ) : (
        <>
          <p>{t("check.repeated", { count: rows, rows: format.count(rows) })}</p>
          <ul className="small dim">
            {examples.map((one) => (
              <li key={one.at.join()}>
                {t("check.timesAt", {
                  times: format.count(one.times),
                  rows: one.at.map((row) => format.count(row)).join(", "),
                })}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Doubts({ doubts }: { doubts: Doubt[] }) {
  const { t } = useTranslation();
  return (
    <section className="stack tight" aria-label={t("check.doubts")}>
      <h2>{t("check.doubts")}</h2>
      {doubts.length === 0 && <Fine text={t("check.noDoubts")} />}
      <ul className="doubts">
        {doubts.map((doubt) => (
          <li key={`${doubt.code} ${doubt.column}`}>
            <ColumnLink column={doubt.column} />
            <span>
              <DoubtText doubt={doubt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ColumnLink({ column }: { column: string }) {
  const [search] = useSearchParams();
  const next = new URLSearchParams(search);
  next.set("show", "profile");
  next.set("column", column);
  return (
    <Link className="name link" to={`?${next}`}>
      <bdi>{column}</bdi>
    </Link>
  );
}

/** A finding in the reader's language; lists of values are shown as they are. */
function DoubtText({ doubt }: { doubt: Doubt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { code, args } = doubt;
  const shown = Object.fromEntries(
    Object.entries(args).map(([key, value]) => [
      key,
      key === "share"
        ? format.percent(value as number)
        : Array.isArray(value)
          ? value
              .map((one) => (Array.isArray(one) ? one.join(" = ") : format.value(one)))
              .join(", ")
          : format.value(value),
    ]),
  );
  return <>{t(`doubt.${code}` as "doubt.far_off", shown)}</>;
}
