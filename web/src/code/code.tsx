/** Code: the network as YAML, JSON, Python and PyTorch; a line leads to its node, a node to its lines. */
import { ActionIcon, CopyButton, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, Copy, Download } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import type { components } from "../api/schema";
import { saveText } from "../designer/files";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { jsonLines, type Line } from "../document/open";
import type { NetworkDocument } from "../document/types";
import { Loading, TroubleOf } from "../shell/trouble";
import { linesFrom, wayTo } from "./lines";

const FACES = ["yaml", "json", "py", "torch"] as const;
type Face = (typeof FACES)[number];
const SUFFIX: Record<Face, string> = { yaml: "yaml", json: "json", py: "py", torch: "torch.py" };
/** More lines than these are shown around the chosen node only; copy and download have all. */
const MOST_SHOWN = 3_000;

type Converted = components["schemas"]["Converted"];

function useText(face: Face) {
  const network = useDesk((desk) => desk.picture.network);
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  const query = useQuery({
    queryKey: ["code", face, network, data, target],
    queryFn: async (): Promise<Line[]> => {
      const about = data && target ? { data, target } : {};
      const body = { network: { ...network }, to: face, dark: false, ...about };
      const found = await one<Converted>(http.POST("/api/v1/networks/convert", { body }));
      return linesFrom(found.text ?? "", found.lines ?? {});
    },
    enabled: face !== "json",
    placeholderData: (before, asked) => (asked?.queryKey[1] === face ? before : undefined),
    gcTime: 1_000,
    retry: false,
  });
  // JSON is written here too: it is there when the server is not, and of what is only looked at.
  const here = useMemo(() => (face === "json" ? jsonLines(network) : null), [face, network]);
  return { lines: here ?? query.data ?? [], query };
}

const isOf = (line: Line, scope: string, names: readonly string[]): boolean =>
  line.node !== null && names.some((name) => line.node === `${scope}/${name}`);

/** Select what a line writes, inside its block if it stands in one. */
function goTo(store: ReturnType<typeof useDeskStore>, line: Line): void {
  const [block = "", name = ""] = line.node?.split("/") ?? [];
  const desk = store.getState();
  if (block !== (scopeOf(desk) ?? "")) {
    const way = block ? wayTo(desk.picture.network as NetworkDocument, block) : [];
    if (!way) return;
    desk.set({ way, edge: null });
  }
  store.getState().select([name]);
}

export function Code() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const selected = useDesk((desk) => desk.selected);
  const scope = useDesk(scopeOf) ?? "";
  const [face, setFace] = useState<Face>("yaml");
  const body = useRef<HTMLPreElement>(null);
  const { lines, query } = useText(face);
  const first = lines.findIndex((line) => isOf(line, scope, selected));
  const start =
    lines.length > MOST_SHOWN
      ? Math.max(0, Math.min(first - MOST_SHOWN / 2, lines.length - MOST_SHOWN))
      : 0;
  const shown = lines.slice(start, start + MOST_SHOWN);
  useEffect(() => {
    if (first >= 0) body.current?.querySelector(".here")?.scrollIntoView({ block: "nearest" });
  }, [first]);
  const whole = useMemo(() => lines.map((line) => line.text).join("\n"), [lines]);
  return (
    <div className="code-view">
      <div className="row tight code-tools">
        <SegmentedControl
          size="xs"
          value={face}
          onChange={(value) => setFace(value as Face)}
          data={FACES.map((one) => ({ value: one, label: t(`designer.face.${one}`) }))}
        />
        <CopyButton value={whole}>
          {({ copied, copy }) => (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={t("designer.copyCode")}
            >
              {copied ? <Check size={15} /> : <Copy size={15} />}
            </ActionIcon>
          )}
        </CopyButton>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("designer.download")}
          onClick={() => saveText(`${store.getState().name}.${SUFFIX[face]}`, whole)}
        >
          <Download size={15} />
        </ActionIcon>
        {shown.length < lines.length && (
          <span className="dim small">
            {t("designer.partOfCode", { shown: shown.length, count: lines.length })}
          </span>
        )}
      </div>
      {face !== "json" && <TroubleOf error={query.error} />}
      {face !== "json" && query.isPending && <Loading />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre ref={body} tabIndex={0} data-face={face}>
        {shown.map((line, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the outline gives the same by keyboard
          <code
            key={start + i}
            className={`${isOf(line, scope, selected) ? "here" : ""} ${line.node ? "leads" : ""}`}
            data-writes={line.node ?? undefined}
            onClick={() => line.node && goTo(store, line)}
          >
            {line.text || " "}
          </code>
        ))}
      </pre>
    </div>
  );
}
