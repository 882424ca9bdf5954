/** Wall: the pictures of a column, however many: only those in sight are asked for; one may be seen whole. */
import { Modal } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { ImageOff } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { addressOf } from "../api/client";
import type { Version } from "../api/records";
import { useFormat } from "../locales/format";
import { Facts } from "../shell/page";
import { TroubleOf } from "../shell/trouble";
import { isPicture, Picture } from "../shell/value";
import { PAGE, pageOf } from "./asks";
import { windowOf } from "./window";

const [TILE, TALL, HEIGHT] = [108, 128, 560];

type Row = Record<string, unknown>;

interface WallProps {
  name: string;
  version: Version;
  /** The column of pictures. */
  column: string;
}

export function Wall({ name, version, column }: WallProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const box = useRef<HTMLUListElement>(null);
  const [at, setAt] = useState({ top: 0, width: TILE * 8 });
  const [open, setOpen] = useState<number | null>(null);
  useLayoutEffect(() => {
    const width = box.current?.clientWidth;
    if (width) setAt((old) => ({ ...old, width }));
  }, []);
  const across = Math.max(1, Math.floor(at.width / TILE));
  const seen = windowOf(at.top, Math.ceil(version.rows / across), HEIGHT, TALL);
  const [first, last] = [seen.first * across, Math.min(seen.last * across, version.rows)];
  const pages = Array.from(
    { length: Math.max(0, Math.ceil(last / PAGE) - Math.floor(first / PAGE)) },
    (_, i) => Math.floor(first / PAGE) + i,
  );
  const found = useQueries({
    queries: pages.map((page) => pageOf(name, version.version, page, "")),
  });
  const rowAt = (row: number): Row | undefined =>
    found[pages.indexOf(Math.floor(row / PAGE))]?.data?.items[row % PAGE];
  const label = version.schema_.columns.find((one) => one.kind === "category")?.name;
  return (
    <>
      <p className="bar dim small num">
        {t("data.rowsFrom", {
          from: format.count(Math.min(first + 1, last)),
          to: format.count(last),
          of: format.count(version.rows),
        })}
      </p>
      <TroubleOf error={found.find((one) => one.error)?.error} />
      <ul
        ref={box}
        className="wall"
        aria-label={t("data.asPictures")}
        data-state={found.some((one) => one.isPending) ? "loading" : "pictures"}
        style={{ maxHeight: HEIGHT }}
        onScroll={({ currentTarget: to }) => setAt({ top: to.scrollTop, width: to.clientWidth })}
      >
        <li aria-hidden style={{ height: seen.height }} />
        {Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).map((row) => {
          const values = rowAt(row);
          const shown = values?.[column];
          return (
            <li
              key={row}
              className="hung"
              style={{
                top: seen.offset + (Math.floor(row / across) - seen.first) * TALL,
                left: (row % across) * TILE,
              }}
            >
              <button
                type="button"
                onClick={() => setOpen(row)}
                aria-label={t("data.pictureOf", { row: format.count(row + 1) })}
              >
                {isPicture(shown) ? (
                  <Picture className="" src={shown} alt="" />
                ) : (
                  values && <ImageOff aria-hidden />
                )}
                <bdi className="small">
                  {label && values ? format.value(values[label]) : format.count(row + 1)}
                </bdi>
              </button>
            </li>
          );
        })}
      </ul>
      <Modal
        opened={open !== null}
        onClose={() => setOpen(null)}
        title={t("data.pictureOf", { row: format.count((open ?? 0) + 1) })}
        closeButtonProps={{ "aria-label": t("do.close") }}
      >
        {open !== null && (
          <Whole name={name} version={version} column={column} row={open} values={rowAt(open)} />
        )}
      </Modal>
    </>
  );
}

interface WholeProps extends WallProps {
  row: number;
  values: Row | undefined;
}

function Whole({ name, version, column, row, values = {} }: WholeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = new URLSearchParams({ column, version: String(version.version) });
  const others = Object.entries(values).filter(([, value]) => !isPicture(value));
  return (
    <div className="stack">
      {isPicture(values[column]) && (
        <Picture
          className="whole"
          src={`${addressOf("datasets", name, "pictures", String(row))}?${query}`}
          alt={t("data.pictureOf", { row: format.count(row + 1) })}
        />
      )}
      <Facts items={others.map(([key, value]) => [key, format.value(value)])} />
    </div>
  );
}
