/** Rows: a version's rows as a table or, where a column holds pictures, as a wall of them. */
import { SegmentedControl } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { Version } from "../api/records";
import { Grid } from "./grid";

const Wall = lazy(async () => ({ default: (await import("./wall")).Wall }));

export function Rows({ name, version }: { name: string; version: Version }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const pictures = version.schema_.columns.filter((column) => column.kind === "image");
  const chosen = pictures.find((one) => one.name === search.get("pictures")) ?? pictures[0];
  if (!chosen) return <Grid name={name} version={version} />;
  const isTable = search.get("as") === "table";
  const show = (key: string, value: string) => {
    const next = new URLSearchParams(search);
    next.set(key, value);
    setSearch(next, { replace: true });
  };
  return (
    <>
      <div className="bar row">
        <SegmentedControl
          size="xs"
          aria-label={t("data.as")}
          value={isTable ? "table" : "pictures"}
          onChange={(as) => show("as", as)}
          data={[
            { value: "pictures", label: t("data.asPictures") },
            { value: "table", label: t("data.asTable") },
          ]}
        />
        {pictures.length > 1 && !isTable && (
          <SegmentedControl
            size="xs"
            aria-label={t("col.column")}
            value={chosen.name}
            onChange={(column) => show("pictures", column)}
            data={pictures.map((one) => one.name)}
          />
        )}
      </div>
      {isTable ? (
        <Grid name={name} version={version} />
      ) : (
        <Suspense>
          <Wall
            key={`${version.version}/${chosen.name}`}
            name={name}
            version={version}
            column={chosen.name}
          />
        </Suspense>
      )}
    </>
  );
}
